import { NO_ANSWER } from '../guest/wire.ts';
import type { HostProcesses } from '../processes/host-processes.ts';
import type { Probe } from '../probes/probe.ts';

/** Whether silence means something: those who should have heard an attempt could, for as long as it lasted, and it was made. */

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

/**
 * Why an attempt may not have been made, by what it met; undefined: it was. What the gateway, the kernel or a file stands in the way
 * of is answered: that nothing was said of it in its time is no answer. Pure.
 */
export const whyUnanswered = ({ run }: Pick<Probe, 'run'>, met: string | undefined): string | undefined =>
  met === NO_ANSWER && run.meetsSilence !== true
    ? 'the attempt was not answered in its time, and may not have been made'
    : undefined;

/** Why this host may have overlooked what the process of an attempt became, whatever that says of itself; undefined: it did not. */
export const whyOverlooked = (
  { oracle }: Pick<Probe, 'oracle'>,
  nonce: string | undefined,
  processes: Pick<HostProcesses, 'missed'>,
): string | undefined =>
  oracle.kind === 'process' && nonce !== undefined ? processes.missed(nonce) : undefined;
