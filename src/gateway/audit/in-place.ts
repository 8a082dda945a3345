import { statSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';

/** Between two looks: what is let out by a log that is gone is let out for so long at most. */
const BETWEEN_LOOKS_MS = 1_000;

/**
 * Whether a log that is written to is still there for its readers, with all that was written: a file that was removed or moved
 * away takes lines as before, and nobody would ever see them. By its length, not by its inode: shared folders give new ones.
 */
export function createPlaceWatch(path: string): (written: number, nowMs: number) => string | undefined {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let found: string | undefined;
  return (written, nowMs) => {
    // The clock of the host may be set back meanwhile.
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
