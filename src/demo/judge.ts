import type { Probe } from '../verify/probes/probe.ts';

/** Derives verdicts from the evidence outside the bottle. Pure. */

/**
 * The evidence on one attempt, in the open and in the bottle. Each list holds the ways in which the attempt succeeded.
 */
export interface Seen {
  readonly attempt: Pick<Probe, 'id' | 'attack'>;
  readonly inTheOpen: readonly string[];
  readonly inTheBottle: readonly string[];
  /** What the program in the bottle met, in its own words; undefined if it never made the attempt. */
  readonly met: string | undefined;
}

/** `unproven`: it failed in the open too, or was not made in the bottle, so silence from the bottle means nothing. */
export type Verdict = 'stopped' | 'breached' | 'unproven';

export interface AttemptRow {
  readonly id: string;
  readonly claim: string;
  readonly inTheOpen: boolean;
  readonly inTheBottle: boolean;
  readonly verdict: Verdict;
  readonly evidence: string;
}

/** Returns the row of one attempt. */
export function judge({ attempt, inTheOpen, inTheBottle, met }: Seen): AttemptRow {
  const verdict =
    inTheBottle.length > 0
      ? 'breached'
      : inTheOpen.length === 0 || met === undefined
        ? 'unproven'
        : 'stopped';
  const evidence: Record<Verdict, string> = {
    breached: `seen outside: ${inTheBottle.join(', ')}`,
    unproven: met === undefined ? 'it was not made in the bottle' : 'it did not succeed in the open either',
    stopped: `in the open: ${inTheOpen.join(', ')}; in the bottle it met: ${met}`,
  };
  return {
    id: attempt.id,
    claim: attempt.attack,
    inTheOpen: inTheOpen.length > 0,
    inTheBottle: inTheBottle.length > 0,
    verdict,
    evidence: evidence[verdict],
  };
}

/** A control: whether it succeeded, and why not. */
export interface ControlRow {
  readonly id: string;
  readonly claim: string;
  readonly wentThrough: boolean;
  readonly evidence: string;
}

export interface Summary {
  readonly stopped: number;
  readonly breached: number;
  readonly unproven: number;
  readonly controlsFailed: number;
  /** Every attempt was stopped, every control succeeded, and there was at least one of each. */
  readonly held: boolean;
}

/** Counts the verdicts and the failed controls. */
export function summarise(attempts: readonly AttemptRow[], controls: readonly ControlRow[]): Summary {
  const count = (verdict: Verdict): number => attempts.filter((row) => row.verdict === verdict).length;
  const stopped = count('stopped');
  const controlsFailed = controls.filter(({ wentThrough }) => !wentThrough).length;
  return {
    stopped,
    breached: count('breached'),
    unproven: count('unproven'),
    controlsFailed,
    held: controls.length > 0 && controlsFailed === 0 && stopped > 0 && stopped === attempts.length,
  };
}
