import type { Probe, User } from '../probes/probe.ts';
import { RESULTS, type ProbeRow, type Result, type Summary } from '../report.ts';

/** Derives verdicts from what was observed outside. Pure. */

/** The observations of one probe as one user. */
export interface Seen {
  readonly probe: Probe;
  readonly user: User;
  /** The ways in which the attempt succeeded. */
  readonly successes: readonly string[];
  /** The result that the program reported; undefined if the attempt was not made. */
  readonly met: string | undefined;
  /** How the control got through, as observed; undefined if it did not. */
  readonly control: string | undefined;
  /** The result of the control, if it did not get through. */
  readonly controlMet: string | undefined;
  /** Why a lack of evidence proves nothing although both were made: see silence.ts and short-of-limits.ts. */
  readonly doubt?: string | undefined;
}

/** Returns the row of one probe. A success is a breach, whatever the control's result. */
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

/** Returns the row of a probe that would prove nothing here, with the reason. */
export const notApplicable = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'notApplicable',
  evidence: reason,
});

/** Returns the row of a probe that could not be made, with the reason: it proves nothing. */
export const notMade = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'unproven',
  evidence: `the attempt was not made: ${reason}`,
});

const wordsOf = ({ id, family, claim, attack, breach, source }: Probe) =>
  ({ id, family, claim, attack, breach, source }) as const;

/** Counts the rows by result. */
export const summarise = (rows: readonly ProbeRow[]): Summary =>
  Object.fromEntries(
    RESULTS.map((result) => [result, rows.filter((row) => row.result === result).length]),
  ) as Summary;
