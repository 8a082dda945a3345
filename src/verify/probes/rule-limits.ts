import type { Probe } from './probe.ts';

/** A host of which one method and one folder are allowed: whatever else is asked of it. */

const path = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'reads and changes what lies beside the folder that is allowed',
  source: 'MITRE ATT&CK T1567.001: another owner on an allowed forge; CWE-22; RFC 3986, 6.2.2',
} as const;
const method = {
  ...path,
  breach: 'changes and deletes where it may only read',
  source: 'CWE-650: what methods are trusted to do; RFC 9110, 9.1',
} as const;

export const RULE_LIMITS: readonly Probe[] = [
  {
    ...path,
    id: 'path-outside',
    claim: 'Only the paths of a rule are asked for.',
    attack: 'ask for a path that no rule has',
  },
  {
    ...path,
    id: 'path-dots',
    claim: 'Dot segments do not lead out of an allowed folder.',
    attack: 'ask for /allowed/../closed',
  },
  {
    ...path,
    id: 'path-dots-escaped',
    claim: 'Escaped dot segments do not lead out of an allowed folder.',
    attack: 'the same with %2e%2e',
  },
  {
    ...path,
    id: 'path-slash-escaped',
    claim: 'An escaped slash is not hidden from a rule.',
    attack: 'the same with ..%2f',
  },
  {
    ...path,
    id: 'path-escaped-twice',
    claim: 'What is escaped twice is not hidden from a rule.',
    attack: 'the same with %252e and %252f',
    source: 'CWE-174: double decoding',
  },
  {
    ...path,
    id: 'path-backslash',
    claim: 'A backslash is no slash that a rule does not see.',
    attack: 'the same with \\ and %5c',
  },
  {
    ...path,
    id: 'path-semicolon',
    claim: 'Parameters of a segment hide no dot segments.',
    attack: 'the same with ..;/ (Java)',
    source: 'Orange Tsai, Breaking Parser Logic (2018)',
  },
  {
    ...path,
    id: 'path-empty-segments',
    claim: 'Empty segments hide nothing from a rule.',
    attack: 'the same with // in it',
  },
  {
    ...path,
    id: 'path-case',
    claim: 'A path in another case is another path.',
    attack: 'ask for /ALLOWED',
  },
  {
    ...path,
    id: 'path-prefix',
    claim: 'A folder is not all that begins like it.',
    attack: 'ask for /allowed-x and /allowed.old',
  },
  {
    ...path,
    id: 'path-query',
    claim: 'A query does not count as the path.',
    attack: 'put the allowed path into the query',
  },
  {
    ...path,
    id: 'path-fragment',
    claim: 'A fragment does not hide where a path goes.',
    attack: 'put # into the path',
    source: 'RFC 9112, 3.2: a target has no fragment',
  },
  {
    ...path,
    id: 'path-nul',
    claim: 'An escaped NUL ends no path.',
    attack: 'put %00 into the path',
  },
  {
    ...path,
    id: 'path-overlong',
    claim: 'Overlong UTF-8 hides no dot and no slash.',
    attack: 'spell dots and slashes in overlong UTF-8',
    source: 'CVE-2000-0884: IIS; RFC 3629, 10',
  },
  {
    ...path,
    id: 'path-unicode-escape',
    claim: 'Escapes that only some servers know hide nothing.',
    attack: 'spell dots and slashes as %u002e',
  },
  {
    ...path,
    id: 'path-controls',
    claim: 'Escaped control characters hide no dot segments.',
    attack: 'put %0d and %09 between the dots',
  },
  {
    ...path,
    id: 'path-two-targets',
    claim: 'A request line has one target.',
    attack: 'put two targets into the request line',
    source: 'RFC 9112, 3.2',
  },
  {
    ...path,
    id: 'path-override',
    claim: 'No header names another path than the one that was judged.',
    attack: 'name another path in X-Original-URL',
    source: 'Symfony CVE-2018-14773; Kettle, Practical Web Cache Poisoning',
  },
  {
    ...path,
    id: 'next-request',
    claim: 'Each request on a connection is judged.',
    attack: 'put a second request behind an allowed one',
    source: 'RFC 9112, 9.3.2: pipelining, and 11.2: request smuggling',
  },
  {
    ...method,
    id: 'method-other',
    claim: 'Only the methods of a rule are used.',
    attack: 'use a method that the rule does not have',
  },
  {
    ...method,
    id: 'method-lower-case',
    claim: 'Small letters hide no method.',
    attack: 'write such a method in small letters',
  },
  {
    ...method,
    id: 'method-unknown',
    claim: 'A method that nobody knows is not an allowed one.',
    attack: 'use a method that does not exist',
  },
  {
    ...method,
    id: 'method-trace',
    claim: 'A method for diagnosis is a method like others.',
    attack: 'use TRACE, TRACK and DEBUG',
    source: 'CVE-2003-1567, CVE-2010-0386: TRACE and TRACK',
  },
  {
    ...method,
    id: 'method-override',
    claim: 'No header asks for another method than the one that was judged.',
    attack: 'name another in X-HTTP-Method-Override',
    source: "Rack, Express and Google's APIs heed that header; CWE-650",
  },
  {
    ...method,
    id: 'method-in-query',
    claim: 'No query asks for another method than the one that was judged.',
    attack: 'name another as _method in the query',
    source: 'Rails and Laravel heed that field; CWE-650',
  },
  {
    ...method,
    id: 'content-in-get',
    claim: 'No content, which could be a request, comes with a GET to a limited host.',
    attack: 'hide a request in the content of a GET',
    source: 'RFC 9110, 9.3.1; Kettle, Browser-Powered Desync (CL.0)',
  },
];
