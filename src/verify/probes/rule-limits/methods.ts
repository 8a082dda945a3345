import type { Probe, Run } from '../probe.ts';
import { headers, limited, onLimited } from './limited.ts';

/** Probes with methods that the rule does not allow. */

const method = {
  ...onLimited,
  breach: 'changes and deletes where it may only read',
  source: 'CWE-650: what methods are trusted to do; RFC 9110, 9.1',
} as const;

const methods = (...names: readonly string[]): Run =>
  limited(...names.map((name) => (nonce: string) => ({ method: name, path: `/allowed/${nonce}` })));

export const METHODS: readonly Probe[] = [
  {
    ...method,
    id: 'method-other',
    claim: 'Only the methods of a rule are used.',
    attack: 'use a method that the rule does not have',
    run: methods('POST', 'DELETE', 'PUT', 'OPTIONS'),
  },
  {
    ...method,
    id: 'method-lower-case',
    claim: 'Small letters hide no method.',
    attack: 'write such a method in small letters',
    run: methods('post', 'Delete', 'pUT'),
  },
  {
    ...method,
    id: 'method-unknown',
    claim: 'An unknown method is not an allowed one.',
    attack: 'use a method that does not exist',
    run: methods('GETX', 'BOTTLE', 'GET,POST', 'G\u0130T'),
  },
  {
    ...method,
    id: 'method-trace',
    claim: 'A method for diagnosis is a method like others.',
    attack: 'use TRACE, TRACK and DEBUG',
    source: 'CVE-2003-1567, CVE-2010-0386: TRACE and TRACK',
    run: methods('TRACE', 'TRACK', 'DEBUG'),
  },
  {
    ...method,
    id: 'method-override',
    claim: 'No header asks for another method than the one that was judged.',
    attack: 'name another in X-HTTP-Method-Override',
    source: "Rack, Express and Google's APIs heed that header; CWE-650",
    run: headers(
      (n) => `X-HTTP-Method-Override: ${n}`,
      (n) => `X-HTTP-Method: ${n}`,
      (n) => `X-Method-Override: ${n}`,
      (n) => `X_HTTP_Method_Override: ${n}`,
    ),
  },
  {
    ...method,
    id: 'method-in-query',
    claim: 'No query asks for another method than the one that was judged.',
    attack: 'name another as _method in the query',
    source: 'Rails and Laravel heed that field; CWE-650',
    run: limited(
      (n) => ({ path: `/allowed/?_method=${n}` }),
      (n) => ({ path: `/allowed/?x-http-method-override=${n}` }),
      (n) => ({ path: `/allowed/?%5fmethod=${n}` }),
    ),
  },
  {
    ...method,
    id: 'content-in-get',
    claim: 'No content, which could be a request, comes with a GET to a limited host.',
    attack: 'hide a request in the content of a GET',
    source: 'RFC 9110, 9.3.1; Kettle, Browser-Powered Desync (CL.0)',
    run: limited((n) => {
      const body = `DELETE /closed/${n} HTTP/1.1\r\nHost: x\r\n\r\n`;
      return { path: '/allowed/', lines: [`Content-Length: ${body.length}`], body };
    }),
  },
];
