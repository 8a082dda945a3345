import type { Send } from '../family.ts';
import { chunked, opened, plain, stream, type Request1 } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';
import { clientFrame, handshakeLines } from '../websocket.ts';
import { honest, latin1, noise, whole } from './row.ts';

/** The forms of HTTP that clients use. */

const to = (more: Request1): Send => opened(HOSTS.old, { target: '/NONCE', ...more });
const post = (lines: readonly string[], body: string): Send => to({ method: 'POST', lines, body });
const path = (target: string): Send => to({ target });

const forms = honest('old', [
  [
    'chunks',
    'RFC 9112, 7.1',
    post(['Transfer-Encoding: chunked'], chunked('hello ', 'world')),
    whole('hello world'),
  ],
  [
    'chunks of one byte',
    'RFC 9112, 7.1',
    post(['Transfer-Encoding: chunked'], chunked(...Array.from('hello world'))),
    whole('hello world'),
  ],
  [
    'chunks, upper case',
    'RFC 9112, 7.1',
    post(['transfer-encoding: Chunked'], 'A\r\n0123456789\r\n0\r\n\r\n'),
    whole('0123456789'),
  ],
  [
    'chunks of 100 KB',
    'RFC 9112, 7.1',
    post(['Transfer-Encoding: chunked'], chunked(latin1(noise('c', 70_000)), latin1(noise('d', 30_000)))),
    whole(latin1(Buffer.concat([noise('c', 70_000), noise('d', 30_000)]))),
  ],
  [
    'trailers',
    'RFC 9110, 6.5',
    post(['Transfer-Encoding: chunked', 'Trailer: X-Sum'], '5\r\nhello\r\n0\r\nX-Sum: 5d41402a\r\n\r\n'),
    ['X-Sum: 5d41402a'],
  ],
  ['nothing, with its length', 'RFC 9110, 8.6', post(['Content-Length: 0'], '')],
  ['an expectation', 'RFC 9110, 10.1.1', post(['Expect: 100-continue'], 'hello'), whole('hello')],
  [
    'in two parts',
    'RFC 9112',
    opened(
      HOSTS.old,
      { method: 'POST', target: '/NONCE', lines: ['Content-Length: 10'], body: 'hello' },
      'world',
    ),
    whole('helloworld'),
  ],
  [
    'a head in two parts',
    'RFC 9112',
    opened(HOSTS.old, 'GET /NONCE HT', `TP/1.1\r\nHost: ${HOSTS.old}\r\nConnection: close\r\n\r\n`),
  ],
  [
    'three on one connection',
    'RFC 9112, 9.3',
    opened(HOSTS.old, { target: '/a', keep: true }, { target: '/b', keep: true }, { target: '/NONCE' }),
  ],
  ['HTTP/1.0', 'RFC 9112, 2.5', opened(HOSTS.old, `GET /NONCE HTTP/1.0\r\nHost: ${HOSTS.old}\r\n\r\n`)],
  ['header names in small letters', 'RFC 9110, 5.1', to({ lines: ['accept: */*', 'x-own: a'] })],
  ['a header twice', 'RFC 9110, 5.3', to({ lines: ['X-Own: a', 'X-Own: b'] }), ['X-Own: a', 'X-Own: b']],
  ['a header that is empty', 'RFC 9110, 5.5', to({ lines: ['X-Own:'] })],
  ['a header of 8 KB', 'RFC 9110, 5.4', to({ lines: [`X-Own: ${'abc '.repeat(2_000)}d`] })],
  [
    '60 headers',
    'RFC 9110, 5.4',
    to({ lines: Array.from({ length: 60 }, (_, index) => `X-Own-${index}: ${index}`) }),
  ],
  ['a URL of 6 KB', 'RFC 9110, 4.1', path(`/NONCE?q=${'word+'.repeat(1_200)}`)],
  ['a path in UTF-8', 'RFC 3986, 2.5', path('/NONCE/%E6%97%A5%E6%9C%AC/%C3%A9t%C3%A9')],
  ['spaces and signs in a path', 'RFC 3986, 2', path("/NONCE/a%20b/c+d/(e)!$&'*,;=:@~-._")],
  ['an escaped percent sign', 'RFC 3986, 2.4', path('/NONCE/100%25')],
  ['an escaped slash', 'GitLab', path('/api/v4/projects/group%2Fproject?NONCE')],
  ['an escaped slash in the query', 'RFC 3986, 3.4', path('/NONCE?path=a%2Fb%2Fc&q=100%25')],
  ['empty segments', 'S3', path('/NONCE//a//b')],
  ['dots in names', 'many', path('/NONCE/.well-known/a...b/.c')],
  ['an empty query', 'RFC 3986, 3.4', path('/NONCE?')],
  [
    'a query of many parameters',
    'many',
    path(`/NONCE?${Array.from({ length: 100 }, (_, index) => `p${index}=${index}`).join('&')}`),
  ],
  ['brackets in a query', 'many', path('/NONCE?filter[a]=b&list[]=1&list[]=2')],
  [
    'events',
    'server-sent events',
    to({ lines: ['Accept: text/event-stream', 'Last-Event-ID: 42', 'Cache-Control: no-store'] }),
  ],
  [
    'not changed since',
    'RFC 9110, 13',
    to({ lines: ['If-Modified-Since: Wed, 01 Jan 2025 00:00:00 GMT', 'If-None-Match: "a", W/"b"'] }),
  ],
  ['only if unchanged', 'RFC 9110, 13', to({ method: 'PUT', lines: ['If-Match: "abc"'], body: 'x' })],
  ['in absolute form', 'RFC 9112, 3.2.2', path(`https://${HOSTS.old}/NONCE`)],
]);

const limited = honest('limited', [
  ['limited: a path', 'the rule', opened(HOSTS.limited, { target: '/open/a/b/NONCE' })],
  ['limited: the folder itself', 'the rule', opened(HOSTS.limited, { target: '/open?NONCE' })],
  ['limited: a segment', 'the rule', opened(HOSTS.limited, { target: '/api/v1/items?NONCE' })],
  ['limited: letters in UTF-8', 'the rule', opened(HOSTS.limited, { target: '/open/%C3%A9/NONCE' })],
  ['limited: an escaped slash below it', 'GitHub', opened(HOSTS.limited, { target: '/open/a%2Fb/NONCE' })],
  ['limited: HEAD', 'the rule', opened(HOSTS.limited, { method: 'HEAD', target: '/open/NONCE' })],
  ['limited: PUT', 'the rule', opened(HOSTS.limited, { method: 'PUT', target: '/open/NONCE', body: 'x' })],
  ['limited: a slash at the end', 'the rule', opened(HOSTS.limited, { target: '/open/NONCE/' })],
  ['limited: dots in a name', 'the rule', opened(HOSTS.limited, { target: '/open/a..b/.NONCE' })],
]);

const ways = [
  ...honest('free', [
    [
      'without a proxy',
      'port 443',
      stream(HOSTS.free, { port: 443, tls: { sni: HOSTS.free, alpn: ['http/1.1'] } }, { target: '/NONCE' }),
    ],
    [
      'without ALPN',
      'RFC 7301',
      stream(HOSTS.free, { connect: `${HOSTS.free}:443`, tls: { sni: HOSTS.free } }, { target: '/NONCE' }),
    ],
    [
      'a CONNECT of curl',
      'curl -x',
      stream(
        HOSTS.free,
        {
          connect: `${HOSTS.free}:443`,
          connectHeaders: `Host: ${HOSTS.free}:443\r\nUser-Agent: curl/8.11.0\r\nProxy-Connection: Keep-Alive\r\n`,
          tls: { sni: HOSTS.free, alpn: ['http/1.1'] },
        },
        { target: '/NONCE' },
      ),
    ],
    [
      'a CONNECT without Host',
      'Go',
      stream(
        HOSTS.free,
        {
          connect: `${HOSTS.free}:443`,
          connectHeaders: 'User-Agent: Go-http-client/1.1\r\n',
          tls: { sni: HOSTS.free, alpn: ['http/1.1'] },
        },
        { target: '/NONCE' },
      ),
    ],
  ]),
  ...honest('pass', [
    ['unopened', 'tls: pass', opened(HOSTS.pass, { target: '/NONCE' })],
    [
      'unopened, without a proxy',
      'tls: pass',
      stream(HOSTS.pass, { port: 443, tls: { sni: HOSTS.pass, alpn: ['http/1.1'] } }, { target: '/NONCE' }),
    ],
  ]),
  ...honest('plain', [
    [
      'in the clear, by the proxy',
      'http_proxy',
      plain(3128, HOSTS.plain, { target: `http://${HOSTS.plain}/NONCE` }),
    ],
    ['in the clear, port 80', 'port 80', plain(80, HOSTS.plain, { target: '/NONCE' })],
    [
      'in the clear, in a tunnel',
      'curl -p',
      stream(HOSTS.plain, { connect: `${HOSTS.plain}:80` }, { target: '/NONCE' }),
    ],
    [
      'in the clear, content',
      'http_proxy',
      plain(3128, HOSTS.plain, { method: 'POST', target: `http://${HOSTS.plain}/NONCE`, body: 'hello' }),
      whole('hello'),
    ],
    [
      'in the clear, port in Host',
      'port 80',
      plain(80, HOSTS.plain, { host: `${HOSTS.plain}:80`, target: '/NONCE' }),
    ],
  ]),
  ...honest(
    'wild',
    ['x', 'cdn-2', 'xn--mnchen-3ya', '1'].map((label) => {
      const host = HOSTS.wild.replace('a.', `${label}.`);
      return [`below a wildcard: ${label}`, 'A4', opened(host, { target: '/NONCE' })] as const;
    }),
  ),
];

const socket = (lines: readonly string[], ...frames: readonly string[]): Send =>
  opened(HOSTS.socket, { target: '/socket/NONCE', lines: handshakeLines(...lines), keep: true }, ...frames);

const sockets = honest('socket', [
  ['WebSocket: text', 'RFC 6455', socket([], clientFrame('hello there')), ['hello there']],
  [
    'WebSocket: bytes',
    'RFC 6455',
    socket([], clientFrame('\x01\x02binary', { opcode: 2 })),
    ['\x01\x02binary'],
  ],
  [
    'WebSocket: in fragments',
    'RFC 6455, 5.4',
    socket([], clientFrame('first part', { isFinal: false }), clientFrame('second part', { opcode: 0 })),
    ['first part', 'second part'],
  ],
  [
    'WebSocket: a ping',
    'RFC 6455, 5.5.2',
    socket([], clientFrame('are you there', { opcode: 9 })),
    ['are you there'],
  ],
  ['WebSocket: 20 KB', 'RFC 6455, 5.2', socket([], clientFrame('x'.repeat(20_000)))],
  ['WebSocket: a subprotocol', 'RFC 6455, 1.9', socket(['Sec-WebSocket-Protocol: graphql-ws, chat'])],
  ['WebSocket: an origin', 'RFC 6455, 10.2', socket(['Origin: https://example.org'])],
]);

export const PROTOCOLS: readonly Row[] = [...forms, ...limited, ...ways, ...sockets];
