import type { Probe } from './probes/probe.ts';

/** Whether those who should have heard an attempt could hear at all, for as long as it lasted. */

export interface Ears {
  /** Why the capture may have missed something during the attack; undefined: it did not. */
  readonly captureMissed: string | undefined;
  /** Why those beyond this host may have; undefined: they did not. */
  readonly beyondMissed: string | undefined;
  /** Why the bottle beside may have; undefined: it did not, or there is none. */
  readonly siblingMissed: string | undefined;
}

/** Why silence means nothing of a probe; undefined: it does. Pure. */
export function whyDeaf(
  { control, needs }: Pick<Probe, 'control' | 'needs'>,
  ears: Ears,
): string | undefined {
  if (needs === 'capture') return ears.captureMissed;
  if (needs === 'beyond') return ears.beyondMissed;
  return control === 'sibling' ? ears.siblingMissed : undefined;
}
