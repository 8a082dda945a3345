import { BOUNDARIES } from '../../drivers/driver.ts';
import type { RungReport } from '../report.ts';

/** How rungs are called in a report, on the command line, and which of them one may trust. */

/** A short name for each rung of a report, no two alike: `bubblewrap`, `runsc/docker`, or more where that is not enough. */
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

/** The arguments that choose this rung again. */
export const flagsOf = ({ runtime, engine, networkForm }: RungReport): readonly string[] => [
  '--runtime',
  runtime,
  ...(engine === runtime ? [] : ['--engine', engine]),
  ...(networkForm === null ? [] : ['--network-form', networkForm]),
];

/** The arguments that choose all of these again: what they have in common is said, where they are several. */
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

/** What the boundary is made of has a version from which there is a known escape. */
export const hasKnownEscape = ({ floors }: RungReport): boolean =>
  floors.some(({ verdict }) => verdict === 'knownEscape');

/** Nothing got through, nothing stayed unproven, something was tried, and no version has a known escape. */
export const heldAll = (rung: RungReport): boolean =>
  rung.failure === undefined &&
  rung.summary.held > 0 &&
  rung.summary.breached + rung.summary.unproven === 0 &&
  !hasKnownEscape(rung);

/** The strongest of the rungs that held all; of equals the first. */
export function strongestHeld(rungs: readonly RungReport[]): RungReport | undefined {
  return rungs
    .filter(heldAll)
    .toSorted((a, b) => BOUNDARIES.indexOf(b.boundary) - BOUNDARIES.indexOf(a.boundary))[0];
}
