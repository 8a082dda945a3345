import { relative } from 'node:path';

/** How long one test file ran, hooks included. */
export interface FileTime {
  readonly path: string;
  readonly seconds: number;
}

interface TimedSuite {
  readonly name: string;
  readonly files: readonly FileTime[];
}

/**
 * Returns lines for the slowest files of all suites, slowest first, with aligned columns: seconds, path below `root`,
 * suite. A file that several suites ran has a line for each run.
 */
export function slowestFiles(suites: readonly TimedSuite[], count: number, root: string): string[] {
  const slowest = suites
    .flatMap(({ name, files }) =>
      files.map(({ path, seconds }) => ({ name, seconds, path: relative(root, path) })),
    )
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map((file) => ({ ...file, seconds: file.seconds.toFixed(1) }));
  const widthOf = (key: 'seconds' | 'path'): number => Math.max(...slowest.map((file) => file[key].length));
  return slowest.map(
    ({ name, seconds, path }) =>
      `${seconds.padStart(widthOf('seconds'))} s  ${path.padEnd(widthOf('path'))}  ${name}`,
  );
}
