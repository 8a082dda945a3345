import { BOUNDARIES } from '../../drivers/driver.ts';
import type { RungReport } from '../report.ts';

/** The names of rungs in a report, their flags on the command line, and which of them held. */

/** Returns a short, unique name for each rung of a report: `bubblewrap`, `runsc/docker`, or longer if needed. */
export function labelsOf(rungs: readonly RungReport[]): readonly string[] {
  const short = rungs.map(shortName);
  const withForm = rungs.map((rung, at) =>
    isRepeated(short, at) ? `${short[at]}/${rung.networkForm ?? 'none'}` : `${short[at]}`,
  );
  return withForm.map((label, at) => (isRepeated(withForm, at) ? `${label}/${at + 1}` : label));
}

const shortName = ({ runtime, engine }: RungReport): string =>
  runtime === engine ? runtime : `${runtime}/${engine}`;

const isRepeated = (labels: readonly string[], at: number): boolean =>
  labels.some((label, other) => other !== at && label === labels[at]);

/** Returns the arguments that select this rung. */
export const flagsOf = ({ runtime, engine, networkForm }: RungReport): readonly string[] => [
  '--runtime',
  runtime,
  ...(engine === runtime ? [] : ['--engine', engine]),
  ...(networkForm === null ? [] : ['--network-form', networkForm]),
];

/** Returns the arguments that select all of these rungs; for several, `--runtime all` and what they have in common. */
export function flagsOfAll(rungs: readonly RungReport[]): readonly string[] {
  const [first, ...others] = rungs;
  if (first === undefined) return [];
  if (others.length === 0) return flagsOf(first);
  const all = { engine: '--engine', networkForm: '--network-form' } as const;
  const common = (['engine', 'networkForm'] as const).flatMap((key) => {
    const value = first[key];
    return value !== null && others.every((rung) => rung[key] === value) ? [all[key], value] : [];
  });
  return ['--runtime', 'all', ...common];
}

/** Returns whether a part of the boundary has a version with a known escape. */
export const hasKnownEscape = ({ floors }: RungReport): boolean =>
  floors.some(({ verdict }) => verdict === 'knownEscape');

/** Returns whether every attempt held, at least one was made, and no version has a known escape. */
export const heldAll = (rung: RungReport): boolean =>
  rung.failure === undefined &&
  rung.summary.held > 0 &&
  rung.summary.breached + rung.summary.unproven === 0 &&
  !hasKnownEscape(rung);

/** Returns the strongest of the rungs that held everything; the first of equals. */
export function strongestHeld(rungs: readonly RungReport[]): RungReport | undefined {
  return rungs
    .filter(heldAll)
    .toSorted((a, b) => BOUNDARIES.indexOf(b.boundary) - BOUNDARIES.indexOf(a.boundary))[0];
}
