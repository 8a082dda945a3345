import { MARKS } from './inflate.ts';
import { sealedMarks } from './sealed.ts';
import { unescape } from './unescape.ts';

/**
 * Undoes bytes that were written as characters with the same numbers. This happens if a program treats compressed data
 * as text, and writes it in UTF-8 or with escapes, which are undone to UTF-8. Each byte from 128 on is then two bytes,
 * which hides marks and streams.
 */

/** First byte in UTF-8 of the characters 128 to 191, and of 192 to 255. */
const LOWER = 0xc2;
const UPPER = 0xc3;
/** Bytes from a mark on that must all be characters below 256. Noise has others, and so have most texts. */
const LOOKED_AT = 64;

let marks: readonly Buffer[] | undefined;

/** Returns the marks of compressed data, sealed or not, as characters in UTF-8. */
export function marksInCharacters(): readonly Uint8Array[] {
  return (marks ??= [...MARKS, ...sealedMarks()].map((mark) =>
    Buffer.from(Buffer.from(mark).toString('latin1')),
  ));
}

/**
 * Undoes `stages` stages of escapes everywhere, also outside texts, and returns the bytes that the characters then
 * stand for. Undefined if there are not so many stages.
 */
export function bytesOfCharacters(bytes: Uint8Array, stages: number): Uint8Array | undefined {
  let plain: Uint8Array | undefined = bytes;
  for (let stage = 0; stage < stages && plain !== undefined; stage += 1)
    plain = unescape(plain, [{ start: 0, end: plain.length }]);
  return plain && narrowed(plain);
}

/** Whether a mark of compressed data stands there as UTF-8 characters, followed by more such characters. */
export function hasMarkInCharacters(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Compressed data always has such bytes.
  if (!text.includes(LOWER)) return false;
  return marksInCharacters().some((mark) => {
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      if (areNarrowCharacters(text.subarray(at, at + LOOKED_AT))) return true;
    }
    return false;
  });
}

/** Whether all characters are below 256, and not all are ASCII. The last one may be cut. */
function areNarrowCharacters(bytes: Uint8Array): boolean {
  let isAscii = true;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at]! < 0x80) continue;
    if (!isPair(bytes[at]!, bytes[at + 1] ?? 0x80)) return false;
    isAscii = false;
    at += 1;
  }
  return !isAscii;
}

function narrowed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const [byte, next] = [bytes[at]!, bytes[at + 1] ?? 0];
    if (isPair(byte, next)) at += 1;
    out[length++] = isPair(byte, next) ? ((byte & 3) << 6) | (next & 0x3f) : byte;
  }
  return out.subarray(0, length);
}

function isPair(byte: number, next: number): boolean {
  return (byte === LOWER || byte === UPPER) && (next & 0xc0) === 0x80;
}
