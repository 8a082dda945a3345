import { NO_ANSWER } from '../guest/wire.ts';
import type { HostProcesses } from '../processes/host-processes.ts';
import type { Probe } from '../probes/probe.ts';

/**
 * Decides whether silence proves something: the listeners worked during the whole attempt, and the attempt was made.
 */

export interface Ears {
  /** Why the capture may have missed something during the attack; undefined if it did not. */
  readonly captureMissed: string | undefined;
  /** Why the listeners beyond this host may have; undefined if they did not. */
  readonly beyondMissed: string | undefined;
  /** Why the sibling bottle may have; undefined if it did not, or there is none. */
  readonly siblingMissed: string | undefined;
}

/** Returns why silence proves nothing for a probe; undefined if it does. Pure. */
export function whyDeaf(
  { control, needs }: Pick<Probe, 'control' | 'needs'>,
  ears: Ears,
): string | undefined {
  if (needs === 'capture') return ears.captureMissed;
  if (needs === 'beyond') return ears.beyondMissed;
  return control === 'sibling' ? ears.siblingMissed : undefined;
}

/**
 * Returns why an attempt may not have been made, from its result; undefined if it was. The gateway, the kernel or a
 * file refuses with an answer, so a missing answer is no refusal. Pure.
 */
export const whyUnanswered = ({ run }: Pick<Probe, 'run'>, met: string | undefined): string | undefined =>
  met === NO_ANSWER && run.meetsSilence !== true
    ? 'the attempt was not answered in its time, and may not have been made'
    : undefined;

/**
 * Returns why this host may have missed what an attempt's process became, whatever the process reports; undefined if it
 * did not.
 */
export const whyOverlooked = (
  { oracle }: Pick<Probe, 'oracle'>,
  nonce: string | undefined,
  processes: Pick<HostProcesses, 'missed'>,
): string | undefined =>
  oracle.kind === 'process' && nonce !== undefined ? processes.missed(nonce) : undefined;
