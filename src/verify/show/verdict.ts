import type { RungReport, Summary, VerifyReport } from '../report.ts';
import { RESULTS } from '../report.ts';
import { hasKnownEscape, heldAll } from './rungs.ts';

/** Derives the verdict of a report, in one line. */

export interface Verdict {
  /** True only if the report says so and nothing in it contradicts that. */
  readonly held: boolean;
  readonly line: string;
  readonly counts: Summary;
}

/** Counts the results of all rungs. */
export const countsOf = ({ rungs }: VerifyReport): Summary =>
  Object.fromEntries(
    RESULTS.map((result) => [result, rungs.reduce((sum, { summary }) => sum + summary[result], 0)]),
  ) as Summary;

/** Returns the verdict, with everything that contradicts it. */
export function verdictOf(report: VerifyReport): Verdict {
  const counts = countsOf(report);
  const held = report.held && report.rungs.length > 0 && report.rungs.every(heldAll);
  return { held, counts, line: held ? heldLine(report, counts) : againstLine(report, counts) };
}

function heldLine({ rungs }: VerifyReport, { held, notApplicable }: Summary): string {
  const rest = notApplicable === 0 ? '' : ` (${notApplicable} more are not applicable)`;
  const got = held === 1 ? 'The attempt did not get' : `None of ${held} attempts got`;
  return `Held: ${got} out of ${plural(rungs.length, 'bottle')}${rest}, and each one's control went through.`;
}

function againstLine({ rungs }: VerifyReport, counts: Summary): string {
  if (rungs.length === 0) return 'Not proven: no rung was attacked.';
  const notRun = rungs.filter(({ failure }) => failure !== undefined).length;
  const untried = rungs.filter((rung) => rung.failure === undefined && isUntried(rung)).length;
  const bad = rungs.filter(hasKnownEscape).length;
  const words = [
    ...(counts.breached === 0 ? [] : [`${counts.breached} GOT OUT`]),
    ...(counts.unproven === 0 ? [] : [`${counts.unproven} unproven`]),
    ...(bad === 0 ? [] : [`${plural(bad, 'rung')} with a known escape`]),
    ...(notRun === 0 ? [] : [`${plural(notRun, 'rung')} not attacked to the end`]),
    ...(untried === 0 ? [] : [`${plural(untried, 'rung')} on which nothing could be tried`]),
  ];
  return `${counts.breached === 0 ? 'Not proven' : 'Not held'}: ${[...words, `${counts.held} held`].join(', ')}.`;
}

const isUntried = ({ summary }: RungReport): boolean =>
  summary.held + summary.breached + summary.unproven === 0;

/** Returns `1 rung`, `2 rungs`. */
export const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
