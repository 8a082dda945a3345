import type { Meter } from '../arena/meter.ts';
import { UNHINDERED } from '../guest/wire.ts';
import type { Measure, Probe } from '../probes/probe.ts';

/** Whether an attempt to have more than a bottle may came to its limit at all. */

/** What no bottle is refused, as it is outside of it: much of it is let through, and must be kept in little. */
export const OUTSIDE: readonly Measure[] = ['log', 'readerMemory'];

/** Of a bound: what is read ten times a second may miss the last of it. */
const NEAR = 0.9;

/**
 * Why an attempt on a limit proves nothing, by what it met and had; undefined: it was refused more, as less was allowed to its control,
 * or had all that there is; and what is kept outside was made whole. Pure.
 */
export function whyShort(
  { oracle }: Pick<Probe, 'oracle'>,
  met: string | undefined,
  meter: Pick<Meter, 'most' | 'bound'> | undefined,
): string | undefined {
  if (oracle.kind !== 'exceeds' || met === undefined) return undefined;
  const isUnhindered = met === UNHINDERED;
  if (OUTSIDE.includes(oracle.of)) return isUnhindered ? undefined : `not all of it was made: ${met}`;
  const [most = -Infinity, bound = Infinity] = [meter?.most(oracle.of), meter?.bound(oracle.of)];
  if (!isUnhindered || most >= NEAR * bound) return undefined;
  return `nothing refused it, and it never came near its limit: ${most}, of ${bound} at most`;
}
