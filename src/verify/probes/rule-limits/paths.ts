import type { Targets } from '../../arena/targets.ts';
import { ask, sendAll } from '../../guest/requests.ts';
import type { Probe, Run } from '../probe.ts';
import { headers, limited, onLimited, type Spell } from './limited.ts';

/** Probes with paths outside the allowed folder. */

const path = {
  ...onLimited,
  breach: 'reads and changes what lies beside the folder that is allowed',
  source: 'MITRE ATT&CK T1567.001: another owner on an allowed forge; CWE-22; RFC 3986, 6.2.2',
} as const;

const paths = (...spell: readonly Spell[]): Run =>
  limited(...spell.map((one) => (nonce: string) => ({ path: one(nonce) })));

/** Sends two requests in the same bytes; the first is allowed. */
function inARow(t: Targets, path: string): Promise<void> {
  const host = t.names.limited;
  const body = `GET http://${host}:${t.port}${path} HTTP/1.1\r\nHost: ${host}:${t.port}\r\nConnection: close\r\n\r\n`;
  return ask(t, { host, path: '/allowed/', lines: ['Connection: keep-alive'], body, read: sendAll });
}

export const PATHS: readonly Probe[] = [
  {
    ...path,
    id: 'path-outside',
    claim: 'Only the paths of a rule are asked for.',
    attack: 'ask for a path that no rule has',
    run: paths(
      (n) => `/closed/${n}`,
      (n) => `/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-dots',
    claim: 'Dot segments do not lead out of an allowed folder.',
    attack: 'ask for /allowed/../closed',
    run: paths(
      (n) => `/allowed/../closed/${n}`,
      (n) => `/allowed/./../${n}`,
    ),
  },
  {
    ...path,
    id: 'path-dots-escaped',
    claim: 'Escaped dot segments do not lead out of an allowed folder.',
    attack: 'the same with %2e%2e',
    run: paths(
      (n) => `/allowed/%2e%2e/closed/${n}`,
      (n) => `/allowed/.%2E/closed/${n}`,
      (n) => `/allowed/%2e./closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-slash-escaped',
    claim: 'An escaped slash is not hidden from a rule.',
    attack: 'the same with ..%2f',
    run: paths(
      (n) => `/allowed/..%2fclosed/${n}`,
      (n) => `/allowed%2f..%2Fclosed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-escaped-twice',
    claim: 'What is escaped twice is not hidden from a rule.',
    attack: 'the same with %252e and %252f',
    source: 'CWE-174: double decoding',
    run: paths(
      (n) => `/allowed/%252e%252e/closed/${n}`,
      (n) => `/allowed/..%252fclosed/${n}`,
      (n) => `/allowed/%25252e%25252e/closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-backslash',
    claim: 'A backslash is no slash that a rule does not see.',
    attack: 'the same with \\ and %5c',
    run: paths(
      (n) => `/allowed/..\\closed\\${n}`,
      (n) => `/allowed/..%5cclosed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-semicolon',
    claim: 'Parameters of a segment hide no dot segments.',
    attack: 'the same with ..;/ (Java)',
    source: 'Orange Tsai, Breaking Parser Logic (2018)',
    run: paths(
      (n) => `/allowed/..;/closed/${n}`,
      (n) => `/allowed/..;a=b/closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-empty-segments',
    claim: 'Empty segments hide nothing from a rule.',
    attack: 'the same with // in it',
    run: paths(
      (n) => `//closed/${n}`,
      (n) => `/allowed/..//closed/${n}`,
      (n) => `/allowed//../../closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-case',
    claim: 'A path in another case is another path.',
    attack: 'ask for /ALLOWED',
    run: paths(
      (n) => `/ALLOWED/${n}`,
      (n) => `/Allowed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-prefix',
    claim: 'A folder is not all that begins like it.',
    attack: 'ask for /allowed-x and /allowed.old',
    run: paths(
      (n) => `/allowed-${n}`,
      (n) => `/allowed.old/${n}`,
      (n) => `/allowed;${n}`,
    ),
  },
  {
    ...path,
    id: 'path-query',
    claim: 'A query does not count as the path.',
    attack: 'put the allowed path into the query',
    run: paths(
      (n) => `/closed/${n}?/allowed/`,
      (n) => `/closed/${n}?x=/allowed/x`,
    ),
  },
  {
    ...path,
    id: 'path-fragment',
    claim: 'A fragment does not hide where a path goes.',
    attack: 'put # into the path',
    source: 'RFC 9112, 3.2: a target has no fragment',
    run: paths(
      (n) => `/closed/${n}#/allowed/`,
      (n) => `/allowed/#/../closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-nul',
    claim: 'An escaped NUL ends no path.',
    attack: 'put %00 into the path',
    run: paths(
      (n) => `/allowed/%00/../closed/${n}`,
      (n) => `/closed/${n}%00/allowed/`,
    ),
  },
  {
    ...path,
    id: 'path-overlong',
    claim: 'Overlong UTF-8 hides no dot and no slash.',
    attack: 'spell dots and slashes in overlong UTF-8',
    source: 'CVE-2000-0884: IIS; RFC 3629, 10',
    run: paths(
      (n) => `/allowed/%c0%ae%c0%ae/closed/${n}`,
      (n) => `/allowed/..%c0%afclosed/${n}`,
      (n) => `/allowed/..%e0%80%afclosed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-unicode-escape',
    claim: 'Escapes that only some servers know hide nothing.',
    attack: 'spell dots and slashes as %u002e',
    run: paths(
      (n) => `/allowed/%u002e%u002e/closed/${n}`,
      (n) => `/allowed/..%u2215closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-controls',
    claim: 'Escaped control characters hide no dot segments.',
    attack: 'put %0d and %09 between the dots',
    run: paths(
      (n) => `/allowed/..%0d/closed/${n}`,
      (n) => `/allowed/.%09./closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-two-targets',
    claim: 'A request line has one target.',
    attack: 'put two targets into the request line',
    source: 'RFC 9112, 3.2',
    run: paths(
      (n) => `/allowed/ /closed/${n}`,
      (n) => `/allowed/\t/closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'path-override',
    claim: 'No header names another path than the one that was judged.',
    attack: 'name another path in X-Original-URL',
    source: 'Symfony CVE-2018-14773; Kettle, Practical Web Cache Poisoning',
    run: headers(
      (n) => `X-Original-URL: /closed/${n}`,
      (n) => `X-Rewrite-URL: /closed/${n}`,
    ),
  },
  {
    ...path,
    id: 'next-request',
    claim: 'Each request on a connection is judged.',
    attack: 'put a second request behind an allowed one',
    source: 'RFC 9112, 9.3.2: pipelining, and 11.2: request smuggling',
    run: {
      attack: (t, nonce) => inARow(t, `/closed/${nonce}`),
      control: (t, nonce) => inARow(t, `/allowed/${nonce}`),
    },
  },
];
