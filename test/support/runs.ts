import * as fc from 'fast-check';

const USUAL = 100; // fast-check's default

/**
 * Returns the number of runs for a property with `full` runs: in `npm run check`, the same share as for all others
 * (quick-runs.ts).
 */
export function runs(full: number): number {
  return Math.ceil((full * (fc.readConfigureGlobal().numRuns ?? USUAL)) / USUAL);
}
