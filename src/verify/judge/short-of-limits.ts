import type { Meter } from '../arena/meter.ts';
import { UNHINDERED } from '../guest/wire.ts';
import type { Measure, Probe } from '../probes/probe.ts';

/** Decides whether an attempt to exceed a limit came close to it. */

/**
 * Measures outside the bottle, which refuse it nothing: the host accepts large amounts, and must keep them in little
 * space.
 */
export const OUTSIDE: readonly Measure[] = ['log', 'readerMemory'];

/** The part of a limit that counts as reached: ten measurements a second may miss the peak. */
const NEAR = 0.9;

/**
 * Returns why an attempt on a limit proves nothing. Undefined if it was refused more or came near the limit; or, for a
 * measure outside the bottle, if the attempt was made completely. Pure.
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
