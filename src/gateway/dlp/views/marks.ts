import { MARKS } from './inflate.ts';
import { marksInCharacters } from './latin.ts';
import { sealedMarks } from './sealed.ts';

/** What all marks of compressed data begin with, those that can be undone and those that cannot, as bytes and as characters. */

const beginnings = new Set<number>();
/** By their first byte, so that most bytes need no second look. */
const firsts = new Uint8Array(256);

function known(): ReadonlySet<number> {
  if (beginnings.size > 0) return beginnings;
  for (const [first = 0, second = 0] of [...MARKS, ...sealedMarks(), ...marksInCharacters()]) {
    beginnings.add((first << 8) | second);
    firsts[first] = 1;
  }
  return beginnings;
}

/** The first two bytes of all marks, each as one number. */
export function markBeginnings(): ReadonlySet<number> {
  return known();
}

/** Whether two bytes in a row are the first of some mark. */
export function hasMarkBeginning(bytes: Uint8Array): boolean {
  const all = known();
  for (let at = 0; at + 1 < bytes.length; at += 1) {
    if (firsts[bytes[at]!] === 1 && all.has((bytes[at]! << 8) | bytes[at + 1]!)) return true;
  }
  return false;
}
