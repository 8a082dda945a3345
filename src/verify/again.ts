import type { WatchedAttack } from './attack-as.ts';
import { controlOf, metAt } from './observe.ts';
import type { Probe } from './probes/probe.ts';
import type { ProbeRow } from './report.ts';
import { whyOverlooked } from './silence.ts';

/**
 * Attempts on the kernel are held for a moment, in which this host looks at the process that makes them. A host that is busy may look
 * too late; what it has not seen proves nothing, and is attempted once more.
 */

/** The probes of which nothing was seen, and that proves nothing: the process, or that of the control, may have been overlooked. */
export const unseenOf = (made: WatchedAttack): readonly Probe[] =>
  [...made.reasons].flatMap(([probe, reason]) =>
    reason === undefined && probe.oracle.kind === 'process' && isUnseen(probe, made) ? [probe] : [],
  );

function isUnseen(probe: Probe, made: WatchedAttack): boolean {
  const { targets, processes, run } = made;
  if (processes.seen(targets.attempts[probe.id] ?? '').length > 0) return false;
  const scene = { ...made, words: run.words };
  const met = metAt(probe, scene);
  const isOverlooked = met === undefined || whyOverlooked(probe, met, made.ears) !== undefined;
  return isOverlooked || controlOf(probe, scene).through === undefined;
}

/** The rows, with those of the second time where the first proved nothing. Pure. */
export const withSecondTime = (rows: readonly ProbeRow[], second: readonly ProbeRow[]): ProbeRow[] =>
  rows.map((row) => {
    const again = second.find(({ id, user }) => id === row.id && user === row.user);
    if (row.result !== 'unproven' || again === undefined) return row;
    return {
      ...again,
      evidence: `${again.evidence} (the second time: at the first this host looked too late)`,
    };
  });
