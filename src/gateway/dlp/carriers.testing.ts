import * as zlib from 'node:zlib';
import { tarOf, zipOf } from './body/archives.testing.ts';
import { zstdOf } from './body/compressed.testing.ts';
import { base32, DISGUISES } from './encodings.testing.ts';

/** Ways to send a secret out in one request, for tests of the inspection and of real gateways (test/hostile). */

export interface Carried {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export type Carry = (secret: string) => Carried;

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const disguise = (name: string, secret: string): string =>
  DISGUISES[name]!(Buffer.from(secret)).toString('latin1');

function sent(parts: Partial<Carried>): Carried {
  return { method: 'POST', path: '/v1/items', headers: [], body: Buffer.alloc(0), ...parts };
}

/** The boundary of every multipart body here. */
const BOUNDARY = 'f1e2d3c4b5a6';
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

const json = (value: unknown): Carried =>
  sent({ headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify(value)) });
const form = (text: string): Carried =>
  sent({ headers: [['content-type', 'application/x-www-form-urlencoded']], body: Buffer.from(text) });
const bytes = (body: Buffer, ...headers: Carried['headers']): Carried => sent({ headers, body });
const get = (path: string, ...headers: Carried['headers']): Carried => sent({ method: 'GET', path, headers });

function multipart(lines: readonly string[], data: Buffer): Carried {
  const body = Buffer.concat([
    Buffer.from(['', `--${BOUNDARY}`, ...lines, '', ''].join('\r\n')),
    data,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  return bytes(body, ['content-type', MULTIPART]);
}

/** Returns an unsigned JSON Web Token with the secret as a claim. */
function jwt(secret: string): string {
  const head = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));
  const claims = base64url(JSON.stringify({ sub: 'agent', note: secret, iat: 1_700_000_000 }));
  return `${head}.${claims}.${'Zk3'.repeat(14)}Q`;
}

/** RFC 2045, 6.7, with each byte escaped. */
function quotedPrintable(text: string): string {
  const escaped = Array.from(
    Buffer.from(text),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return escaped.join('').replace(/.{72}/g, '$&=\r\n');
}

const LONG_TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(40);

/** By names that say where the secret is, and how it is encoded. */
export const CARRIERS: Readonly<Record<string, Carry>> = {
  'body, as it is': (secret) => json({ text: secret }),
  'body, base64 under token': (secret) => json({ token: base64(secret) }),
  'body, base64 under api_key': (secret) => json({ api_key: base64(secret) }),
  'body, base64 under password': (secret) => json({ user: 'a', password: base64(secret) }),
  'body, base64url under client_secret': (secret) => json({ client_secret: base64url(secret) }),
  'body, base64 under data': (secret) => json({ data: base64(secret) }),
  'body, base64 twice under token': (secret) => json({ token: base64(base64(secret)) }),
  'body, hex under secret': (secret) => json({ secret: hex(secret) }),
  'body, base32 under api_key': (secret) => json({ api_key: base32(Buffer.from(secret)) }),
  'body, hex of base64 under access_token': (secret) => json({ access_token: hex(base64(secret)) }),
  'body, base64 of gzip under key': (secret) => json({ key: base64(zlib.gzipSync(secret)) }),
  'body, JSON in JSON, base64 under auth': (secret) =>
    json({ input: JSON.stringify({ auth_token: base64(secret) }) }),
  'body, claim of a token': (secret) => json({ token: jwt(secret) }),
  'body, claim of a token in base64': (secret) => json({ id: base64(jwt(secret)) }),
  'body, assignment in a long text': (secret) =>
    bytes(Buffer.from(`${LONG_TEXT}\nexport API_TOKEN="${base64(secret)}"\n${LONG_TEXT}`)),
  'body, UTF-16 in base64 under token': (secret) => json({ token: base64(Buffer.from(secret, 'utf16le')) }),
  'body, quoted-printable': (secret) => bytes(Buffer.from(quotedPrintable(secret))),
  'form, base64 under password': (secret) => form(`user=a&password=${encodeURIComponent(base64(secret))}`),
  'form, percent escapes': (secret) => form(`note=${disguise('percent, all', secret)}`),
  'query, base64 under token': (secret) => get(`/v1/items?token=${encodeURIComponent(base64(secret))}`),
  'query, hex under api_key': (secret) => get(`/v1/items?page=2&api_key=${hex(secret)}`),
  'path, base64url': (secret) => get(`/v1/token/${base64url(secret)}/items`),
  'header, base64 of x-api-key': (secret) => get('/v1/items', ['x-api-key', base64(secret)]),
  'header, basic authentication': (secret) =>
    get('/v1/items', ['authorization', `Basic ${base64(`agent:${secret}`)}`]),
  'header, claim of a bearer token': (secret) => get('/v1/items', ['authorization', `Bearer ${jwt(secret)}`]),
  'header, cookie with base32': (secret) =>
    get('/v1/items', ['cookie', `theme=dark; session_token=${base32(Buffer.from(secret))}`]),
  'multipart, a field in base64': (secret) =>
    multipart(['Content-Disposition: form-data; name="api_key"'], Buffer.from(base64(secret))),
  'multipart, a file in gzip': (secret) =>
    multipart(
      ['Content-Disposition: form-data; name="file"; filename="a.gz"'],
      zlib.gzipSync(`token=${base64(secret)}\n`),
    ),
  'archive, tar with gzip': (secret) =>
    bytes(zlib.gzipSync(tarOf('.env', Buffer.from(`API_KEY=${base64(secret)}\n`)))),
  'archive, zip': (secret) => bytes(zipOf('a.txt', Buffer.from(`secret: ${hex(secret)}\n`))),
  'archive, zip in base64': (secret) =>
    json({ content: base64(zipOf('a.txt', Buffer.from(`token = '${secret}'\n`))) }),
  'archive, tar with zstd': (secret) => bytes(zstdOf(tarOf('.env', Buffer.from(`API_KEY=${secret}\n`)))),
  'content encoding, zstd': (secret) =>
    bytes(zstdOf(JSON.stringify({ token: base64(secret) })), ['content-encoding', 'zstd']),
  'content encoding, gzip': (secret) =>
    bytes(zlib.gzipSync(JSON.stringify({ token: base64(secret) })), ['content-encoding', 'gzip']),
  'content encoding, brotli': (secret) =>
    bytes(zlib.brotliCompressSync(JSON.stringify({ api_key: base64(secret) })), ['content-encoding', 'br']),
};

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const CAPITALS = LETTERS.toUpperCase();
const WORD = LETTERS + CAPITALS + DIGITS;

/** Kinds of secrets that users have: a prefix, and a number of random characters of an alphabet. */
const SECRET_KINDS = [
  { prefix: '', length: 24, alphabet: WORD },
  { prefix: '', length: 40, alphabet: `${WORD}+/` },
  { prefix: '', length: 32, alphabet: `${DIGITS}abcdef` },
  { prefix: 'key-', length: 45, alphabet: WORD },
  { prefix: '', length: 20, alphabet: `${WORD}!#$%&/+=?_-~.` },
  { prefix: 'app_', length: 26, alphabet: `${CAPITALS}234567` },
  { prefix: '', length: 64, alphabet: `${WORD}-_` },
  { prefix: 'pg://app:', length: 16, alphabet: WORD },
] as const;

/** Returns `count` made-up secrets, of each kind in turn. */
export function drawSecrets(count: number, random: () => number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { prefix, length, alphabet } = SECRET_KINDS[index % SECRET_KINDS.length]!;
    const drawn = Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length)));
    return prefix + drawn.join('');
  });
}
