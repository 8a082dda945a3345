import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Undoing } from '../probes/leaks/kinds.ts';

/**
 * Undoes disguises, as an attacker who knows them would. Shares no code with the gateway, which has to detect them.
 * Each function throws if the data has no such disguise.
 */

/** Limits decompression: probes send less, so larger data is not theirs. */
const LIMITED = { maxOutputLength: 1024 * 1024 };

const text = (bytes: Buffer): string => bytes.toString('latin1');
const bytesOf = (string: string): Buffer => Buffer.from(string, 'latin1');

/** Decodes each match of the pattern as the number of one byte. */
const fromCodes = (pattern: RegExp, radix: number) => (bytes: Buffer) =>
  bytesOf(
    text(bytes).replaceAll(pattern, (_, code: string) => String.fromCharCode(Number.parseInt(code, radix))),
  );

const ALPHABET32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Decodes base32: RFC 4648, 6. */
function fromBase32(bytes: Buffer): Buffer {
  const bits = Array.from(
    text(bytes)
      .toUpperCase()
      .replaceAll(/[^A-Z2-7]/g, ''),
    (character) => ALPHABET32.indexOf(character).toString(2).padStart(5, '0'),
  ).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** Returns the first file of an archive: APPNOTE.TXT 4.3.7. */
function fromZip(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== 0x04034b50) throw new Error('no zip');
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  return inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(18)), LIMITED);
}

/** Returns the content of the first object of a pack, gitformat-pack(5), if its header has at most two bytes. */
function fromPack(bytes: Buffer): Buffer {
  const start = bytes.indexOf('PACK');
  if (start === -1) throw new Error('no pack');
  const isLong = (bytes[start + 12] ?? 0) >= 128;
  return inflateSync(bytes.subarray(start + (isLong ? 14 : 13)), LIMITED);
}

/** The decoders by disguise. */
export const UNDO: Readonly<Record<Undoing, (bytes: Buffer) => Buffer>> = {
  percent: fromCodes(/%([0-9a-f]{2})/gi, 16),
  base64: (bytes) => Buffer.from(text(bytes), 'base64'),
  base32: fromBase32,
  hex: (bytes) => Buffer.from(text(bytes).replaceAll(/[^0-9a-f]/gi, ''), 'hex'),
  json: (bytes) => bytesOf(String(Object.values(JSON.parse(text(bytes)) as object)[0])),
  entities: fromCodes(/&#x([0-9a-f]+);/gi, 16),
  utf16: (bytes) => bytesOf(bytes.toString('utf16le')),
  quotedPrintable: fromCodes(/=([0-9a-f]{2})/gi, 16),
  gzip: (bytes) => gunzipSync(bytes, LIMITED),
  deflate: (bytes) => inflateSync(bytes, LIMITED),
  brotli: (bytes) => brotliDecompressSync(bytes, LIMITED),
  zip: fromZip,
  pack: fromPack,
};
