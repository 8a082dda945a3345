import { ENGINE_ROWS } from './engines.ts';
import { KERNEL_ROWS } from './kernels.ts';
import type { AdvisoryRow } from './row.ts';
import { RUNTIME_ROWS } from './runtimes.ts';

/**
 * Versions that are known to be bad. A row stands here only if its advisory and its fixed versions were found in the source
 * that it names; what is not here is not known to be good. Distributions mend older versions: see `debian` and judge.ts.
 */
export const FLOORS: { readonly asOf: string; readonly rows: readonly AdvisoryRow[] } = {
  asOf: '2026-11-26',
  rows: [...RUNTIME_ROWS, ...ENGINE_ROWS, ...KERNEL_ROWS],
};
