import type { WatchedAttack } from '../attack-as.ts';
import { controlOf, metAt } from './observe.ts';
import type { Probe, Sign } from '../probes/probe.ts';
import type { ProbeRow } from '../report.ts';
import { whyOverlooked } from './judge.ts';

/**
 * Attempts on the kernel pause for a moment, in which this host inspects their process. A busy host may be too late; a
 * process that it did not see proves nothing, so this repeats the attempt once.
 */

/** Signs that remain after the process: a repeated attempt would find them already there, and prove nothing. */
const LASTING: readonly Sign['is'][] = ['modulesCame'];

type Watched = Pick<WatchedAttack, 'reasons' | 'targets' | 'side' | 'processes' | 'run' | 'decisions'>;

/**
 * Returns the probes with no success, where that proves nothing: this host may have missed their process, or the
 * control's.
 */
export const unseenOf = (made: Watched): readonly Probe[] =>
  [...made.reasons].flatMap(([probe, reason]) =>
    reason === undefined && isRepeatable(probe) && isUnseen(probe, made) ? [probe] : [],
  );

const isRepeatable = ({ oracle }: Probe): boolean =>
  oracle.kind === 'process' && !LASTING.includes(oracle.sign.is);

function isUnseen(probe: Probe, made: Watched): boolean {
  const { targets, processes, run } = made;
  const nonce = targets.attempts[probe.id] ?? '';
  if (processes.seen(nonce).length > 0) return false;
  const scene = {
    side: made.side,
    targets,
    processes,
    decisions: made.decisions,
    meter: undefined,
    words: run.words,
  };
  const isOverlooked =
    metAt(probe, scene) === undefined || whyOverlooked(probe, nonce, processes) !== undefined;
  return isOverlooked || controlOf(probe, scene).through === undefined;
}

/**
 * Replaces each unproven row with that of the repeated attempt, whatever its result; keeps it if that is not
 * applicable. Pure.
 */
export const withSecondTime = (rows: readonly ProbeRow[], second: readonly ProbeRow[]): ProbeRow[] =>
  rows.map((row) => {
    const again = second.find(({ id, user }) => id === row.id && user === row.user);
    if (row.result !== 'unproven' || again === undefined || again.result === 'notApplicable') return row;
    return { ...again, evidence: `${again.evidence} (the second time; at first: ${row.evidence})` };
  });
