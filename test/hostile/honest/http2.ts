import { filled, type Send } from '../family.ts';
import type { Http2, Row } from '../row.ts';
import { HOSTS } from '../rules.ts';
import { honest, latin1, noise, whole } from './row.ts';

/** Sends HTTP/2 with Node's own client. */

const http2 =
  (host: string, ...requests: Http2['requests']): Send =>
  (marks) =>
    filled({ kind: 'http2', host, requests } as const, marks);
const get = (host: string, target: string, more: Readonly<Record<string, string | string[]>> = {}) => ({
  headers: { ':path': target, ':authority': host, ...more },
});
const call = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': '5S' };
const grpc = '\0\0\0\0\x05hello';

export const OVER_HTTP2: readonly Row[] = [
  ...honest('free', [
    ['HTTP/2: GET', 'RFC 9113', http2(HOSTS.free, get(HOSTS.free, '/NONCE'))],
    [
      'HTTP/2: 40 streams',
      'RFC 9113, 5',
      http2(HOSTS.free, ...Array.from({ length: 40 }, (_, index) => get(HOSTS.free, `/NONCE/${index}`))),
    ],
    [
      'HTTP/2: cookies in pieces',
      'RFC 9113, 8.2.3',
      http2(HOSTS.free, get(HOSTS.free, '/NONCE', { cookie: ['a=1', 'b=2'] })),
      ['a=1; b=2'],
    ],
    [
      'HTTP/2: content without a length',
      'RFC 9113, 8.1',
      http2(HOSTS.free, { ...get(HOSTS.free, '/NONCE', { ':method': 'POST' }), body: 'hello, HTTP/2' }),
      whole('hello, HTTP/2'),
    ],
    [
      'HTTP/2: content with a length',
      'RFC 9113, 8.1',
      http2(HOSTS.free, {
        ...get(HOSTS.free, '/NONCE', { ':method': 'POST', 'content-length': '5' }),
        body: 'hello',
      }),
    ],
    ['HTTP/2: HEAD', 'RFC 9113', http2(HOSTS.free, get(HOSTS.free, '/NONCE', { ':method': 'HEAD' }))],
    [
      'HTTP/2: gRPC',
      'gRPC',
      http2(HOSTS.free, { ...get(HOSTS.free, '/a.b.C/NONCE', call), body: grpc }),
      whole(grpc),
    ],
    [
      'HTTP/2: trailers',
      'RFC 9113, 8.1',
      http2(HOSTS.free, {
        ...get(HOSTS.free, '/NONCE', { ':method': 'POST' }),
        body: 'x',
        trailers: { 'x-sum': 'c0ffee01' },
      }),
      ['c0ffee01'],
    ],
    [
      'HTTP/2: 300 KB',
      'RFC 9113, 6.9',
      http2(HOSTS.free, {
        ...get(HOSTS.free, '/NONCE', { ':method': 'POST' }),
        body: latin1(noise('h2', 300_000)),
      }),
      whole(latin1(noise('h2', 300_000))),
    ],
  ]),
  ...honest('old', [
    ['HTTP/2 to a host of HTTP/1.1', 'RFC 9113', http2(HOSTS.old, get(HOSTS.old, '/NONCE'))],
    [
      'HTTP/2 to a host of HTTP/1.1, content',
      'RFC 9113',
      http2(HOSTS.old, { ...get(HOSTS.old, '/NONCE', { ':method': 'POST' }), body: 'down one version' }),
      whole('down one version'),
    ],
  ]),
  ...honest('pass', [['HTTP/2: unopened', 'tls: pass', http2(HOSTS.pass, get(HOSTS.pass, '/NONCE'))]]),
];
