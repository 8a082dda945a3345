import { family, type Send } from '../family.ts';
import { opened, type Request1 } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** Methods that a rule does not allow, and headers that make a server use another method or path. */

const request = (more: Request1, host: string = HOSTS.limited): Send =>
  opened(host, { method: 'POST', target: '/open/NONCE', body: 'x', ...more });
const header = (line: string): Send => request({ lines: [line] });

/**
 * A few headers of src/gateway/message/overriding-headers.ts, which names the servers that obey them, and spellings
 * that servers merge with them.
 */
const NAMING_A_PATH = [
  ['X-Original-URI', 'nginx'],
  ['X_Original_URI', 'nginx, RFC 3875, 4.1.18'],
  ['X-Forwarded-Uri', 'GHSA-7x63-xv5r-3p2x'],
  ['X-Forwarded-Path', 'Kong'],
  ['X-Forwarded-Prefix', 'Spring'],
  ['X-Matched-Path', 'Next.js'],
  ['X-Invoke-Path', 'Next.js'],
  ['X-Middleware-Subrequest', 'CVE-2025-29927'],
  ['X-Envoy-Original-Path', 'Envoy'],
  ['X-Accel-Mapping', 'CVE-2025-61780'],
] as const;

const methods = family({
  id: 'method: within the rule',
  source: 'the rule',
  rule: 'limited',
  send: request({}),
  tricks: [
    ['method: another', 'the rule', request({ method: 'DELETE' }), 'limited'],
    ['method: PATCH', 'the rule', request({ method: 'PATCH' }), 'limited'],
    ['method: TRACE', 'E3', opened(HOSTS.limited, { method: 'TRACE', target: '/open/NONCE' }), 'limited'],
    ['method: WebDAV', 'the rule', request({ method: 'PROPFIND' }), 'limited'],
    ['method: in small letters', 'RFC 9110, 9.1', request({ method: 'post' }), 'gateway.malformed'],
    ['method: mixed case', 'RFC 9110, 9.1', request({ method: 'Post' }), 'gateway.malformed'],
    ['method: unknown', 'RFC 9110, 9.1', request({ method: 'FROBNICATE' }), 'gateway.malformed'],
    ['method: a tab before it', 'RFC 9112, 3', request({ method: '\tPOST' }), 'gateway.malformed'],
    [
      'method: the preface of HTTP/2',
      'D6',
      opened(HOSTS.limited, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nNONCE'),
      'gateway.malformed',
    ],
    [
      'method: denied on a path',
      'A7',
      request({ method: 'DELETE', target: '/keep/NONCE' }, HOSTS.free),
      'deniedMethod',
    ],
    ['method: X-HTTP-Method-Override', 'L1', header('X-HTTP-Method-Override: DELETE'), 'limited'],
    ['method: X-HTTP-Method', 'L1', header('X-HTTP-Method: DELETE'), 'limited'],
    ['method: X-Method-Override', 'L1', header('X-Method-Override: DELETE'), 'limited'],
    ['method: override with underscores', 'L1', header('X_HTTP_Method_Override: DELETE'), 'limited'],
    ['method: _method in the query', 'L1', request({ target: '/open/NONCE?_method=DELETE' }), 'limited'],
    ['method: $httpMethod', 'L1', request({ target: '/open/NONCE?%24httpMethod=DELETE' }), 'limited'],
    [
      'method: $httpHeaders',
      'L1',
      request({ target: '/open/NONCE?$httpHeaders=X-HTTP-Method-Override%3ADELETE' }),
      'limited',
    ],
    ['method: method in the query', 'L1', request({ target: '/open/NONCE?method=delete' }), 'limited'],
    ['path: X-Original-URL', 'B3', header('X-Original-URL: /closed'), 'limited'],
    ['path: X-Rewrite-URL', 'B3', header('X-Rewrite-URL: /closed'), 'limited'],
    ...NAMING_A_PATH.map(
      ([name, source]) => [`path: ${name}`, source, header(`${name}: /closed`), 'limited'] as const,
    ),
    ['path: x-amz-copy-source', 'B3', header('x-amz-copy-source: /closed'), 'limited'],
    ['path: x-amz-rename-source', 'B3', header('x-amz-rename-source: /closed'), 'limited'],
    ['path: x-ms-file-rename-source', 'B3', header('x-ms-file-rename-source: /closed'), 'limited'],
    ['path: x-oss-symlink-target', 'B3', header('x-oss-symlink-target: closed'), 'limited'],
    ['path: Destination', 'RFC 4918, 9.8.3', header('Destination: /closed'), 'limited'],
  ],
});

export const METHODS: readonly Row[] = methods;
