import type { WatchedAttack } from '../attack-as.ts';
import { controlOf, metAt } from './observe.ts';
import type { Probe, Sign } from '../probes/probe.ts';
import type { ProbeRow } from '../report.ts';
import { whyOverlooked } from './silence.ts';

/**
 * Attempts on the kernel are held for a moment, in which this host looks at the process that makes them. A host that is busy may look
 * too late; what it has not seen proves nothing, and is attempted once more.
 */

/** What stays when the process has gone: the second time it would be there before, and prove nothing. */
const LASTING: readonly Sign['is'][] = ['modulesCame'];

type Watched = Pick<WatchedAttack, 'reasons' | 'targets' | 'side' | 'processes' | 'run' | 'decisions'>;

/** The probes of which nothing was seen, and that proves nothing: the process, or that of the control, may have been overlooked. */
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

/** The rows, with those of the second time where the first proved nothing and the second did, either way. Pure. */
export const withSecondTime = (rows: readonly ProbeRow[], second: readonly ProbeRow[]): ProbeRow[] =>
  rows.map((row) => {
    const again = second.find(({ id, user }) => id === row.id && user === row.user);
    if (row.result !== 'unproven' || again === undefined || again.result === 'notApplicable') return row;
    return { ...again, evidence: `${again.evidence} (the second time; at first: ${row.evidence})` };
  });
