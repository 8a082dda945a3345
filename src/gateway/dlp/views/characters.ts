/** Classes of bytes, as bits. */

/** In one of the two base64 alphabets. */
export const WORD = 1;
/** Hex digits, and the characters of WORD that may separate them. */
export const HEX = 2;
export const UPPER32 = 4;
export const LOWER32 = 8;
export const PRINTABLE = 16;
/** First characters of escapes: percent sign, backslash, ampersand. */
export const ESCAPE = 32;
/** Printable, and not the first character of an escape. */
export const PLAIN = 64;

export const CLASS = new Uint8Array(256);

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const PRINTABLES = String.fromCharCode(9, 10, 13, ...Array.from({ length: 95 }, (_, index) => 0x20 + index));

for (const [bit, characters] of [
  [WORD, `${UPPER}${LOWER}0123456789+/-_`],
  [HEX, '0123456789abcdefABCDEF-_+/'],
  [UPPER32, `${UPPER}234567`],
  [LOWER32, `${LOWER}234567`],
  [PRINTABLE, PRINTABLES],
  [ESCAPE, '%\\&'],
  [PLAIN, PRINTABLES.replaceAll(/[%\\&]/g, '')],
] as const) {
  for (const byte of Buffer.from(characters)) CLASS[byte]! |= bit;
}

/** Returns the end of the run of bytes of class `kind` that begins at `start`; `end` at most. */
export function runEnd(bytes: Uint8Array, kind: number, { start, end }: Stretch): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & kind) !== 0) at += 1;
  return at;
}

/** Returns the last byte that is not of the class, or -1. A search for long runs can skip all bytes before it. */
export function lastOther(bytes: Uint8Array, kind: number, { start, end }: Stretch): number {
  let at = end - 1;
  while (at >= start && (CLASS[bytes[at]!]! & kind) !== 0) at -= 1;
  return at < start ? -1 : at;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}
