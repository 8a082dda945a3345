/**
 * Numbers of the log as text. V8 keeps the text of every number that it writes in a table among its old objects (its cache of
 * numbers' strings), so what a line needs once is copied by two collections of garbage, and those are what the slowest requests
 * wait for (docs/adr/0165).
 */

const UNPADDED = Array.from({ length: 1_000 }, (_, number) => String(number));
const PADDED = UNPADDED.map((digits) => digits.padStart(3, '0'));

/** A number as `String` gives it; for whole ones from 0 on, without a text that V8 keeps. */
export function digitsOf(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0) return String(number);
  const below = number % 1_000;
  if (below === number) return UNPADDED[below] ?? '';
  return digitsOf((number - below) / 1_000) + (PADDED[below] ?? '');
}
