import * as fc from 'fast-check';

const USUAL = 100; // fast-check's own number

/** How often a property is tried that wants `full` runs: of `npm run check`, the same share as of all others (quick-runs.ts). */
export function runs(full: number): number {
  return Math.ceil((full * (fc.readConfigureGlobal().numRuns ?? USUAL)) / USUAL);
}
