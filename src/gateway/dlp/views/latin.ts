import { MARKS } from './inflate.ts';
import { sealedMarks } from './sealed.ts';
import { unescape } from './unescape.ts';

/**
 * Bytes written as the characters of these numbers: what becomes of compressed data that a program holds for a text, in UTF-8 or
 * as escapes, which are undone to UTF-8. Each byte from 128 on is two bytes then, so that neither a mark nor a stream is seen.
 */

/** What the characters from 128 to 191, and those from 192 to 255, begin with in UTF-8. */
const LOWER = 0xc2;
const UPPER = 0xc3;
/** Of so many bytes behind a mark, all are to be characters below 256: noise has others, and so have most texts. */
const LOOKED_AT = 64;

let marks: readonly Buffer[] | undefined;

/** Marks of compressed data, those that can be undone and those that cannot, as characters in UTF-8. */
export function marksInCharacters(): readonly Uint8Array[] {
  return (marks ??= [...MARKS, ...sealedMarks()].map((mark) =>
    Buffer.from(Buffer.from(mark).toString('latin1')),
  ));
}

/** The bytes that the characters of `bytes` stand for once so many stages of escapes are undone, everywhere: where there is no text between them, too. Undefined: there are not so many. */
export function bytesOfCharacters(bytes: Uint8Array, stages: number): Uint8Array | undefined {
  let plain: Uint8Array | undefined = bytes;
  for (let stage = 0; stage < stages && plain !== undefined; stage += 1)
    plain = unescape(plain, [{ start: 0, end: plain.length }]);
  return plain && narrowed(plain);
}

/** Whether a mark of compressed data stands there as characters in UTF-8, with more of them behind it. */
export function hasMarkInCharacters(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Nothing is compressed to bytes that are none of these.
  if (!text.includes(LOWER)) return false;
  return marksInCharacters().some((mark) => {
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      if (areNarrowCharacters(text.subarray(at, at + LOOKED_AT))) return true;
    }
    return false;
  });
}

/** Whether all are ASCII or characters below 256, and not all are ASCII. The last may be cut. */
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
