import { readFirstWords } from '../../src/gateway/http/client/connect.ts';
import { endToEnd, valuesOf } from '../../src/gateway/message/headers.ts';
import { readTarget, type Entrance } from '../../src/gateway/message/target.ts';
import { must, type Target } from '../target.ts';
import { BOUND_HOST, visit } from './stage.ts';

/**
 * HTTP/1.1 as a client may send it: a request that reaches a host is the one that the gate decided on, in unambiguous
 * form.
 */

const BOUND = { host: { kind: 'name', host: BOUND_HOST }, port: 443 } as const;
const ENTRANCES: readonly Entrance[] = [
  { via: 'tls', bound: BOUND, isSecure: true },
  { via: 'connect', bound: BOUND, isSecure: true },
  { via: 'connect', bound: BOUND },
  { via: 'http' },
  { via: 'proxy' },
];
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const seed = (entrance: number, text: string): Buffer =>
  Buffer.from(`${String.fromCharCode(entrance, 0)}${text}`, 'latin1');
const lines = (...text: readonly string[]): string => text.join('\r\n');

export const target: Target = {
  seeds: [
    seed(0, lines('GET /a?b=c HTTP/1.1', `Host: ${BOUND_HOST}`, 'Accept: */*', '', '')),
    seed(0, lines('POST /p HTTP/1.1', `Host: ${BOUND_HOST}`, 'Content-Length: 5', '', 'hello')),
    seed(
      0,
      lines(
        'POST /p HTTP/1.1',
        `Host: ${BOUND_HOST}`,
        'Transfer-Encoding: chunked',
        'Trailer: X-T',
        '',
        '5',
        'hello',
        '0',
        'X-T: 1',
        '',
        '',
      ),
    ),
    seed(
      0,
      lines(
        'GET / HTTP/1.1',
        `Host: ${BOUND_HOST}`,
        '',
        'GET /2 HTTP/1.1',
        `Host: ${BOUND_HOST}:443`,
        'Connection: close, x-a',
        'X-A: b',
        '',
        '',
      ),
    ),
    seed(
      0,
      lines(
        'GET /ws HTTP/1.1',
        `Host: ${BOUND_HOST}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        '',
        '',
      ),
    ),
    seed(
      0,
      lines(
        'GET / HTTP/1.1',
        `Host: ${BOUND_HOST}`,
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABk',
        '',
        '',
      ),
    ),
    seed(
      1,
      lines(
        'PUT https://bound.example/x HTTP/1.1',
        `Host: ${BOUND_HOST}`,
        'Expect: 100-continue',
        'Content-Length: 2',
        '',
        'ab',
      ),
    ),
    seed(3, lines('GET /x HTTP/1.0', 'Host: other.example', '', '')),
    seed(4, lines('GET http://other.example/x HTTP/1.1', 'Host: other.example:80', '', '')),
    seed(4, lines('CONNECT other.example:443 HTTP/1.1', 'Host: other.example:443', '', '')),
    seed(4, lines('GET /.bot-bottle/health HTTP/1.1', 'Host: x', '', '')),
  ],
  tokens: [
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    '\0',
    'Host: ',
    `Host: ${BOUND_HOST}\r\n`,
    'Content-Length: ',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'transfer-encoding:\tchunked',
    ', chunked',
    'identity',
    '0\r\n\r\n',
    '5;x=y\r\n',
    'ffffffff',
    '+5',
    '0x5',
    'Connection: ',
    'Upgrade: websocket\r\n',
    'Expect: 100-continue\r\n',
    'Trailer: host\r\n',
    'Te: trailers\r\n',
    'GET / HTTP/1.1\r\n',
    'HTTP/1.0',
    'HTTP/2.0',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT ',
    'HEAD ',
    'OPTIONS * ',
    'https://',
    'http://',
    '@',
    '#',
    '\\',
    BOUND_HOST,
    'other.example',
    ':443',
    '\xff',
    ' \r\n ',
    'X-HTTP-Method-Override: DELETE\r\n',
  ],
  maxBytes: 2_048,
  isNative: true,
  run: async (input) => {
    const entrance = ENTRANCES[(input[0] ?? 0) % ENTRANCES.length] ?? { via: 'http' };
    const bytes = input.subarray(2);
    checkWords(bytes);
    checkHead(entrance, bytes);
    const cut = 8 * (input[1] ?? 0);
    const pieces = cut === 0 || cut >= bytes.length ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
    await visit({ entrance, protocol: 'http/1.1', pieces });
  },
};

/** A verdict on the first bytes at the proxy's port stands, whatever follows. */
function checkWords(bytes: Buffer): void {
  const whole = readFirstWords(bytes);
  const early = readFirstWords(bytes.subarray(0, Math.floor(bytes.length / 2)));
  if (early !== undefined)
    must(JSON.stringify(early) === JSON.stringify(whole), 'what follows changes the first words');
  if (whole?.kind !== 'connect') return;
  must(whole.headBytes <= bytes.length, 'a head that is longer than what came');
  must(!/[\s\0]/.test(whole.target), 'a CONNECT target with spaces');
}

/** Reads heads like a parser without checks. */
function checkHead(entrance: Entrance, bytes: Buffer): void {
  const [line = '', ...rest] = bytes.toString('latin1').split('\r\n');
  const [method = '', url = ''] = line.split(' ');
  const headers = rest.flatMap((text) => [
    text.split(':')[0] ?? '',
    text.slice(text.indexOf(':') + 1).trim(),
  ]);
  const read = readTarget(entrance, { method, path: url, headers });
  if (read.kind === 'outside') {
    must(valuesOf(headers, 'host').length === 1, 'a request with several hosts');
    must(
      entrance.bound === undefined || entrance.bound.host.host === read.endpoint.host.host,
      'another host',
    );
    must(read.path.startsWith('/') && !read.path.includes('#'), 'an odd path');
  }
  const kept = endToEnd(headers);
  must(kept.length % 2 === 0 && kept.length <= headers.length, 'headers were made');
  must(
    valuesOf(kept, 'connection').length + valuesOf(kept, 'te').length === 0,
    'a header between neighbours',
  );
  const again = endToEnd(kept);
  must(again.length === kept.length, 'more is left out the second time');
  must(
    kept.every((text, at) => at % 2 === 1 || !TOKEN.test(text) || text.toLowerCase() !== 'upgrade'),
    'an offer',
  );
}
