import { MARKS } from './inflate.ts';
import { sealedMarks } from './sealed.ts';

/** The first two bytes of all marks of compressed data, sealed or not. */

const beginnings = new Set<number>();
/** 1 for the first byte of a mark: most bytes need no further check. */
const firsts = new Uint8Array(256);

function known(): ReadonlySet<number> {
  if (beginnings.size > 0) return beginnings;
  for (const [first = 0, second = 0] of [...MARKS, ...sealedMarks()]) {
    beginnings.add((first << 8) | second);
    firsts[first] = 1;
  }
  return beginnings;
}

/** Returns the first two bytes of each mark as one number. */
export function markBeginnings(): ReadonlySet<number> {
  return known();
}

/** Whether two adjacent bytes are the first bytes of a mark. */
export function hasMarkBeginning(bytes: Uint8Array): boolean {
  const all = known();
  for (let at = 0; at + 1 < bytes.length; at += 1) {
    if (firsts[bytes[at]!] === 1 && all.has((bytes[at]! << 8) | bytes[at + 1]!)) return true;
  }
  return false;
}
