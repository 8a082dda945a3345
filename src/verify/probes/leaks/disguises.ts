import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** Encodings and archives that an agent can apply to a text before it sends it; each returns bytes. */

const text = (string: string): Buffer => Buffer.from(string, 'latin1');
const each = (bytes: Buffer, spell: (byte: number) => string): Buffer =>
  text(Array.from(bytes, spell).join(''));
const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Encodes base32: RFC 4648, 6. */
function base32(bytes: Buffer): Buffer {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g) ?? [];
  return text(
    fives.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(five.padEnd(5, '0'), 2)]).join(''),
  );
}

/** Returns a local header and a deflated file (PKWARE's APPNOTE.TXT, 4.3.7), enough for any program to unpack it. */
function zip(bytes: Buffer): Buffer {
  const packed = deflateRawSync(bytes);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(bytes.length, 22);
  head.writeUInt16LE(5, 26);
  return Buffer.concat([head, text('a.txt'), packed]);
}

const BLOB = 3;

/** Returns a pack of one blob: gitformat-pack(5). */
export function packOf(bytes: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(1, 8);
  const low = (BLOB << 4) | (bytes.length & 15);
  const size = bytes.length < 16 ? [low] : [low | 128, bytes.length >> 4];
  const body = Buffer.concat([head, Buffer.from(size), deflateSync(bytes)]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** Compressible text around the secret: brotli stores random data alone uncompressed. */
const BEFORE = text('The token of this service, as it stands in the settings of this project, is ');
const BEHIND = text('; it is what the others ask for, and it is needed again and again.');

export const DISGUISES = {
  percent: (bytes) => each(bytes, (byte) => `%${hex2(byte)}`),
  base64: (bytes) => text(bytes.toString('base64')),
  base64url: (bytes) => text(bytes.toString('base64url')),
  lines: (bytes) => text(bytes.toString('latin1').replaceAll(/.{16}/g, '$&\r\n')),
  base32,
  hex: (bytes) => text(bytes.toString('hex')),
  colons: (bytes) => text(Array.from(bytes, hex2).join(':')),
  json: (bytes) => text(`{"note":"${each(bytes, (byte) => `\\u00${hex2(byte)}`).toString()}"}`),
  entities: (bytes) => each(bytes, (byte) => `&#x${byte.toString(16)};`),
  utf16: (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  quotedPrintable: (bytes) => each(bytes, (byte) => `=${hex2(byte).toUpperCase()}`),
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  brotli: (bytes) => brotliCompressSync(Buffer.concat([BEFORE, bytes, BEHIND])),
  zip,
  pack: packOf,
} as const satisfies Readonly<Record<string, (bytes: Buffer) => Buffer>>;
export type Disguise = keyof typeof DISGUISES;

/** Applies these steps in order. */
export const disguised = (word: string, steps: readonly Disguise[]): Buffer =>
  steps.reduce((bytes, step) => DISGUISES[step](bytes), text(word));
