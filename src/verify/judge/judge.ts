import type { Probe, User } from '../probes/probe.ts';
import { RESULTS, type ProbeRow, type Result, type Summary } from '../report.ts';

/** The verdicts: pure, from what was seen outside. */

/** What was seen of one probe as one user. */
export interface Seen {
  readonly probe: Probe;
  readonly user: User;
  /** The ways in which the attempt succeeded. */
  readonly successes: readonly string[];
  /** What the attempt met, in the program's own words; undefined: it was not made. */
  readonly met: string | undefined;
  /** How the control was seen to go through; undefined: it was not. */
  readonly control: string | undefined;
  /** What the control met, where it did not go through. */
  readonly controlMet: string | undefined;
  /** Why nothing seen would mean nothing, though both were made: see silence.ts and short-of-limits.ts. */
  readonly doubt?: string | undefined;
}

/** The row of one probe. A breach is one whatever became of its control. */
export function judge({ probe, user, successes, met, control, controlMet, doubt }: Seen): ProbeRow {
  const isProven = met !== undefined && control !== undefined && doubt === undefined;
  const result: Result = successes.length > 0 ? 'breached' : isProven ? 'held' : 'unproven';
  const evidence: Record<Exclude<Result, 'notApplicable'>, string> = {
    breached: `seen outside: ${successes.join(', ')}`,
    unproven:
      met === undefined
        ? 'the attempt was not made'
        : doubt !== undefined
          ? `nothing was seen, which means nothing: ${doubt}`
          : `its control did not go through (${controlMet ?? 'it was not made'}), so that nothing was seen means nothing`,
    held: `nothing was seen outside; the attempt met: ${met}; its control went through: ${control}`,
  };
  return {
    ...wordsOf(probe),
    user,
    control: control !== undefined ? 'passed' : 'failed',
    result,
    evidence: evidence[result],
  };
}

/** The row of a probe that means nothing where it would be made, with the reason. */
export const notApplicable = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'notApplicable',
  evidence: reason,
});

/** The row of a probe that could not be made, with the reason: it proves nothing. */
export const notMade = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'unproven',
  evidence: `the attempt was not made: ${reason}`,
});

const wordsOf = ({ id, family, claim, attack, breach, source }: Probe) =>
  ({ id, family, claim, attack, breach, source }) as const;

/** How many rows have each result. */
export const summarise = (rows: readonly ProbeRow[]): Summary =>
  Object.fromEntries(
    RESULTS.map((result) => [result, rows.filter((row) => row.result === result).length]),
  ) as Summary;
