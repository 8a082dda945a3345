/**
 * Converts numbers of the log to text. V8 keeps the text of every number that it converts in a table among its old
 * objects (its cache of numbers' strings). So two garbage collections copy text that a line needs only once, and the
 * slowest requests wait for those collections (docs/adr/0165).
 */

const UNPADDED = Array.from({ length: 1_000 }, (_, number) => String(number));
const PADDED = UNPADDED.map((digits) => digits.padStart(3, '0'));

/** Returns a number as `String` does. For integers from 0 on, V8 caches no text. */
export function digitsOf(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0) return String(number);
  const below = number % 1_000;
  if (below === number) return UNPADDED[below] ?? '';
  return digitsOf((number - below) / 1_000) + (PADDED[below] ?? '');
}
