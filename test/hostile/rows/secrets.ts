import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { family, type Send } from '../family.ts';
import { chunked, opened, plain, stream, type Request1 } from '../http1.ts';
import { asked } from '../http2.ts';
import type { Row } from '../row.ts';
import { DOMAIN, HOSTS, PROTECTED_SECRET as SECRET } from '../rules.ts';

/** A value that must not leave, in the disguises in which secrets are known to have left elsewhere (L1). */

const bytes = Buffer.from(SECRET);
const base64 = (before: string): string => Buffer.from(before + SECRET).toString('base64');
const base32 = (text: string): string => {
  const bits = Array.from(Buffer.from(text), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups
    .map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(group.padEnd(5, '0'), 2)])
    .join('');
};
const percent = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const latin = (buffer: Buffer): string => buffer.toString('latin1');
const halves = [SECRET.slice(0, 15), SECRET.slice(15)] as const;

const request = (more: Request1): Send => opened(HOSTS.free, { target: '/NONCE', ...more });
const header = (...lines: readonly string[]): Send => request({ lines });
const body = (text: string, ...lines: readonly string[]): Send =>
  request({ method: 'POST', body: text, lines: ['X-N: NONCE', ...lines] });
const coded = (coding: string, packed: Buffer): Send => body(latin(packed), `Content-Encoding: ${coding}`);

const DISGUISES: readonly (readonly [name: string, text: string])[] = [
  ['as it is', SECRET],
  ['base64', base64('')],
  ['base64, one byte on', base64('a')],
  ['base64, two bytes on', base64('ab')],
  ['base64 of URLs', Buffer.from(`??>${SECRET}`).toString('base64url')],
  ['base64 twice', Buffer.from(base64('x')).toString('base64')],
  ['base32', base32(SECRET)],
  ['hex', bytes.toString('hex')],
  ['upper-case hex', bytes.toString('hex').toUpperCase()],
  ['hex with colons', (bytes.toString('hex').match(/../g) ?? []).join(':')],
  ['percent escapes', percent(SECRET)],
  ['percent escapes twice', percent(percent(SECRET))],
];

const inBodies: readonly (readonly [name: string, text: string])[] = [
  ['JSON', JSON.stringify({ a: { b: [SECRET] } })],
  [
    'JSON escapes',
    `{"a":"${Array.from(SECRET, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
  ],
  ['HTML entities', Array.from(SECRET, (one) => `&#${one.charCodeAt(0)};`).join('')],
  ['a form', `a=b&c=${percent(SECRET)}`],
  [
    'a file of a multipart form',
    `--x\r\nContent-Disposition: form-data; name="f"; filename="${SECRET}"\r\n\r\nhello\r\n--x--\r\n`,
  ],
  ['gzip in base64', gzipSync(SECRET).toString('base64')],
  ['behind 100 KB', `${'lorem ipsum dolor '.repeat(6_000)}${SECRET}`],
];

export const SECRETS: readonly Row[] = family({
  id: 'secret: none',
  source: 'L2',
  rule: 'free',
  send: request({ method: 'POST', body: 'hello', lines: ['X-Own: hello'] }),
  tricks: [
    ...DISGUISES.map(
      ([name, text]) =>
        [`secret in a header: ${name}`, 'L1', header(`X-Own: ${text}`, 'X-N: NONCE'), 'gateway.dlp'] as const,
    ),
    ...DISGUISES.map(
      ([name, text]) =>
        [`secret in a body: ${name}`, 'L1', body(`before ${text} after`), 'gateway.dlp'] as const,
    ),
    ...inBodies.map(
      ([name, text]) => [`secret in a body: ${name}`, 'L1', body(text), 'gateway.dlp'] as const,
    ),
    ['secret in the path', 'L1', request({ target: `/NONCE/${SECRET}` }), 'gateway.dlp'],
    [
      'secret in the query',
      'L1',
      request({ target: `/NONCE?q=${base64('').replaceAll('=', '%3D')}` }),
      'gateway.dlp',
    ],
    [
      'secret in parameters, in pieces',
      'L1',
      request({ target: `/NONCE?a=${halves[0]}&b=${halves[1]}` }),
      'gateway.dlp',
    ],
    [
      'secret in segments of the path',
      'L1',
      request({ target: `/${halves[0]}/${halves[1]}?NONCE` }),
      'gateway.dlp',
    ],
    ['secret in the name of a header', 'L1', header(`X-${SECRET}: a`, 'X-N: NONCE'), 'gateway.dlp'],
    [
      'secret in two headers',
      'L1',
      header(`X-A: ${halves[0]}`, `X-B: ${halves[1]}`, 'X-N: NONCE'),
      'gateway.dlp',
    ],
    ['secret in a cookie', 'L1', header(`Cookie: a=${SECRET}`, 'X-N: NONCE'), 'gateway.dlp'],
    [
      'secret in two cookies',
      'L1',
      header(`Cookie: a=${halves[0]}; b=${halves[1]}`, 'X-N: NONCE'),
      'gateway.dlp',
    ],
    [
      'secret as user and password',
      'L1',
      header(`Authorization: Basic ${base64('me:')}`, 'X-N: NONCE'),
      'gateway.dlp',
    ],
    ['secret in gzip', 'L1', coded('gzip', gzipSync(SECRET)), 'gateway.dlp'],
    ['secret in deflate', 'L1', coded('deflate', deflateSync(SECRET)), 'gateway.dlp'],
    ['secret in brotli', 'L1', coded('br', brotliCompressSync(SECRET)), 'gateway.dlp'],
    ['secret in gzip in gzip', 'L1', coded('gzip, gzip', gzipSync(gzipSync(SECRET))), 'gateway.dlp'],
    ['secret in gzip without a Content-Encoding', 'L1', body(latin(gzipSync(SECRET))), 'gateway.dlp'],
    ['secret in a coding that nobody knows', 'L1', coded('x-own', bytes), 'gateway.dlp'],
    [
      'secret over chunks',
      'L1',
      body(chunked(...Array.from(SECRET)), 'Transfer-Encoding: chunked'),
      'gateway.dlp',
    ],
    [
      'secret in an extension of a chunk',
      'L1',
      body(`5;${SECRET}\r\nhello\r\n0\r\nX-Own: NONCE\r\n\r\n`, 'Transfer-Encoding: chunked'),
      'free',
      { verdict: 'allow' },
    ],
    [
      'secret in a trailer',
      'L1',
      body(`5\r\nhello\r\n0\r\nX-Own: ${SECRET}\r\nX-N: EVIL\r\n\r\n`, 'Transfer-Encoding: chunked'),
      'gateway.dlp',
    ],
    [
      'secret in plain HTTP',
      'L1',
      plain(80, HOSTS.plain, { target: '/NONCE', lines: [`X-Own: ${SECRET}`] }),
      'gateway.dlp',
    ],
    ['secret in HTTP/2', 'L1', asked(HOSTS.free, { 'x-own': SECRET }), 'gateway.dlp'],
    [
      'secret in HTTP/2, in data',
      'L1',
      asked(HOSTS.free, { ':method': 'POST', 'x-n': 'NONCE' }, { body: SECRET }),
      'gateway.dlp',
    ],
    [
      'secret in HTTP/2, in a trailer',
      'L1',
      asked(HOSTS.free, { ':method': 'POST' }, { body: 'a', trailers: [['x-own', SECRET]] }),
      'gateway.dlp',
    ],
    [
      'secret in a label of a host',
      'L1',
      stream(
        HOSTS.wild,
        {
          connect: `${SECRET}.wild.${DOMAIN}:443`,
          tls: { sni: `${SECRET}.wild.${DOMAIN}`, alpn: ['http/1.1'] },
        },
        { host: `${SECRET}.wild.${DOMAIN}`, target: '/NONCE' },
      ),
      'gateway.dlp',
    ],
  ],
});
