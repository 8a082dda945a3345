import { ENGINE_ROWS } from './engines.ts';
import { KERNEL_ROWS } from './kernels.ts';
import type { AdvisoryRow } from './row.ts';
import { RUNTIME_ROWS } from './runtimes.ts';

/**
 * Versions that are known to be bad. A row is listed only if the source that it names contains both the advisory and
 * the fixed versions. A version that is not listed is not known to be good. Distributions patch older versions: see
 * `debian` and judge.ts.
 */
export const FLOORS: { readonly asOf: string; readonly rows: readonly AdvisoryRow[] } = {
  asOf: '2026-11-26',
  rows: [...RUNTIME_ROWS, ...ENGINE_ROWS, ...KERNEL_ROWS],
};
