import { statSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';

/** Interval of checks in milliseconds, which also bounds how long requests pass after a log has gone. */
const BETWEEN_LOOKS_MS = 1_000;

/**
 * Returns a function that reports why a log is not complete in its place, or undefined. A removed or moved file still
 * takes lines, which no one would see. Compares the length, not the inode, because shared folders give new ones.
 */
export function createPlaceWatch(path: string): (written: number, nowMs: number) => string | undefined {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let found: string | undefined;
  return (written, nowMs) => {
    // The host's clock may have been set back.
    if (Math.abs(nowMs - lookedAtMs) < BETWEEN_LOOKS_MS) return found;
    lookedAtMs = nowMs;
    found = whyNotInPlace(path, written);
    return found;
  };
}

function whyNotInPlace(path: string, written: number): string | undefined {
  try {
    return statSync(path).size < written ? 'lines that were written are not in it any more' : undefined;
  } catch (error) {
    return `it is not in its place any more (${reasonOf(error)})`;
  }
}
