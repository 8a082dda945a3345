import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { zstdOf } from '../../src/gateway/dlp/body/compressed.testing.ts';
import { createInspector } from '../../src/gateway/dlp/inspector.ts';
import { must, type Target } from '../target.ts';
import { readCuts } from './cuts.ts';

/**
 * Outgoing bodies: nothing throws, the released bytes are the received ones, a known secret in plain form does not
 * leave, and the verdict does not depend on the pieces. The time for a repeated body must not grow with the square of
 * its length.
 */

const SECRET = 'sk-ant-api03-9xQ/zt+4LmP0=vB7&kW2';
const same = (bytes: Buffer): Buffer => bytes;

/** The value of the header, and the coding applied to the body. */
const CODINGS: readonly (readonly [header: string, encode: (bytes: Buffer) => Buffer])[] = [
  ['', same],
  ['', same],
  ['gzip', gzipSync],
  ['gzip', same],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['deflate', same],
  ['br', (bytes) => brotliCompressSync(bytes, { params: { 1: 3 } })],
  ['br', same],
  ['zstd', same],
  ['identity, x-gzip', gzipSync],
  ['deflate, gzip', (bytes) => gzipSync(deflateSync(bytes))],
  ['gzip, gzip, gzip', same],
  ['unheard-of', same],
  ['zstd', zstdOf],
];
const ACTIONS = ['block', 'redact', 'warn'] as const;
const LARGEST_BYTES = 64 * 1024;

// The clock advances by a day per body, so that no body counts as a continuation of an earlier one.
let nowMs = 0;
const inspector = createInspector({
  secrets: [{ name: 'API_KEY', value: SECRET, kind: 'secret' }],
  rules: [],
  nowMs: () => nowMs,
});

const base64 = Buffer.from(SECRET).toString('base64');
const seed = (coding: number, text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([coding, 0, 0, 2, 90, 180]), Buffer.from(text)]);

export const target: Target = {
  seeds: [
    ...CODINGS.map((_, coding) => seed(coding, '{"model":"x","text":"hello, hello, hello"}')),
    seed(0, `{"key":"${SECRET}"}`),
    seed(0, `{"key":"${base64}"}`),
    seed(0, JSON.stringify([...Buffer.from(SECRET)])),
    seed(0, gzipSync(SECRET).toString('base64')),
    seed(3, gzipSync(SECRET)),
    seed(8, brotliCompressSync(SECRET)),
    seed(0, zstdOf(SECRET)),
    seed(9, zstdOf(SECRET)),
    seed(0, Buffer.from(SECRET).toString('hex')),
    seed(
      0,
      Array.from(SECRET)
        .map((letter) => `&#${letter.charCodeAt(0)};`)
        .join(''),
    ),
    seed(0, encodeURIComponent(encodeURIComponent(SECRET))),
    seed(0, Buffer.from(SECRET, 'utf16le')),
    seed(0, `data:text/plain;base64,${base64.replace(/.{12}/g, '$&\r\n')}`),
    seed(
      0,
      Array.from(SECRET)
        .map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
        .join(''),
    ),
  ],
  tokens: [
    SECRET,
    SECRET.slice(0, 16),
    base64,
    base64.slice(0, 12),
    '\x1f\x8b\x08\0',
    '\x78\x9c',
    '\\u00',
    '\\x',
    '&#x',
    '&#',
    '%25',
    '%',
    '0x',
    '==',
    '\r\n',
    '[1,2,',
    '{"',
    '":"',
    '\0',
    'H4sI',
    '(\xb5/\xfd',
  ],
  maxBytes: 4_096,
  isNative: true,
  run: (input) => {
    const [header, encode] = CODINGS[(input[0] ?? 0) % CODINGS.length] ?? ['', same];
    const action = ACTIONS[(input[1] ?? 0) % ACTIONS.length] ?? 'block';
    const inside = input.subarray(3);
    // One in four is repeated, up to a maximal size.
    const most = Math.floor(LARGEST_BYTES / (inside.length + 1));
    const times = (input[2] ?? 0) < 192 ? 1 : 1 + Math.min((input[2] ?? 0) % 64, most);
    const { pieces, whole } = readCuts(
      Buffer.concat([
        inside.subarray(0, 8),
        encode(Buffer.concat(Array.from({ length: times }, () => inside.subarray(8)))),
      ]),
    );
    const cut = pass(pieces, header, action);
    const atOnce = pass([whole], header, action);
    // The limit of decoded bytes applies to each piece, and data sent in pieces is found by its amount.
    must(cut.blocked === atOnce.blocked || cut.isWeighed || atOnce.isWeighed, 'another verdict in pieces');
    checkRelease(cut, whole, action);
    checkRelease(atOnce, whole, action);
    if (header === '' && whole.includes(SECRET)) {
      must(atOnce.found > 0, 'a secret was not found');
      must(action === 'warn' || !atOnce.released.includes(SECRET), 'a secret has left');
    }
  },
};

interface Outcome {
  readonly released: Buffer;
  readonly blocked: boolean;
  readonly found: number;
  /** Whether something was refused because of its amount. */
  readonly isWeighed: boolean;
}

function pass(pieces: readonly Buffer[], contentEncoding: string, action: (typeof ACTIONS)[number]): Outcome {
  nowMs += 86_400_000;
  const body = inspector.body({ host: 'h.example', where: 'body', action, contentEncoding });
  const results = [...pieces.map((piece) => body.push(piece)), body.end()];
  const found = results.flatMap(({ findings }) => findings);
  return {
    released: Buffer.concat(results.map(({ release }) => release)),
    blocked: results.at(-1)?.blocked ?? false,
    found: found.length,
    isWeighed: found.some(
      ({ detector, encoding }) => detector === 'undecodable' || encoding.endsWith('pieces'),
    ),
  };
}

function checkRelease({ released, blocked, found }: Outcome, whole: Buffer, action: string): void {
  must(blocked || released.length === whole.length, 'not everything has left');
  must(!blocked || found > 0, 'blocked for nothing');
  const came = whole.subarray(0, released.length);
  if (action !== 'redact' || found === 0)
    return must(released.equals(came), 'something else has left than came');
  for (const [at, byte] of released.entries())
    must(byte === came[at] || byte === 0x2a, 'something else has left than came, or a star');
}
