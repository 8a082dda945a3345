/** What each byte can be a part of, as bits. */

/** Of the base64 alphabets, both. */
export const WORD = 1;
/** Hex, and what of WORD may stand between its digits. */
export const HEX = 2;
export const UPPER32 = 4;
export const LOWER32 = 8;
export const DIGIT = 16;
export const PRINTABLE = 32;
/** What escapes begin with: percent sign, backslash, ampersand. */
export const ESCAPE = 64;
/** Printable, and no escape begins with it. */
export const PLAIN = 128;

export const CLASS = new Uint8Array(256);

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const PRINTABLES = String.fromCharCode(9, 10, 13, ...Array.from({ length: 95 }, (_, index) => 0x20 + index));

for (const [bit, characters] of [
  [WORD, `${UPPER}${LOWER}0123456789+/-_`],
  [HEX, '0123456789abcdefABCDEF-_+/'],
  [UPPER32, `${UPPER}234567`],
  [LOWER32, `${LOWER}234567`],
  [DIGIT, '0123456789'],
  [PRINTABLE, PRINTABLES],
  [ESCAPE, '%\\&'],
  [PLAIN, PRINTABLES.replaceAll(/[%\\&]/g, '')],
] as const) {
  for (const byte of Buffer.from(characters)) CLASS[byte]! |= bit;
}

/** How many bytes from `start` on, of at most `end - start`, are all of a class. */
export function runEnd(bytes: Uint8Array, kind: number, { start, end }: Stretch): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & kind) !== 0) at += 1;
  return at;
}

/** The last byte that is not of a class, or -1: leaping from one to the next skips what has no long runs. */
export function lastOther(bytes: Uint8Array, kind: number, { start, end }: Stretch): number {
  let at = end - 1;
  while (at >= start && (CLASS[bytes[at]!]! & kind) !== 0) at -= 1;
  return at < start ? -1 : at;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}
