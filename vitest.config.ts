import { defineConfig } from 'vitest/config';
import { ALONE } from './test/support/suites/alone.ts';
import { LongestFirst } from './test/support/suites/longest-first.ts';
import { leftOut } from './scripts/test/left-out.ts';
import { EVERYDAY_MODE, filesLeftOut, patternOf, type SuiteName } from './test/support/suites/tiers.ts';

// Real engines and real processes: two files at a time on the two cores of the smallest host that is meant. They mostly wait, and
// take turns where there is one of something (test/support/suites/turn.ts). No second try: a test that fails now and then is broken.
const onTheRealThing = (mode: string) => ({
  maxWorkers: 2,
  testTimeout: 240_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 20_000 } },
  provide: { mode },
});

/** What a run leaves out, of all suites or of this one. (`--exclude` is lost where a project has an `exclude` of its own.) */
const excludedFrom = (name: SuiteName, mode: string): string[] => [
  ...(mode === EVERYDAY_MODE || mode === 'whole' ? leftOut().files : []),
  ...filesLeftOut(name, mode),
];

/** A suite in two: files that two at a time run of, and afterwards those that run alone (test/support/suites/alone.ts). */
const inTwo = (name: keyof typeof ALONE, mode: string) => {
  const alone = ALONE[name].map((file) => patternOf(name, file));
  const common = onTheRealThing(mode);
  return [
    {
      test: {
        ...common,
        name,
        include: [`test/${name}/**/*.test.ts`],
        exclude: [...alone, ...excludedFrom(name, mode)],
      },
    },
    {
      test: {
        ...common,
        name: `${name}-alone`,
        include: alone,
        exclude: excludedFrom(name, mode),
        maxWorkers: 1,
        sequence: { groupOrder: 1 },
      },
    },
  ];
};

export default defineConfig(({ mode }) => ({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000, // a property test on a busy machine
          pool: 'threads',
          isolate: false,
          // What a file becomes for Node is kept, by its contents.
          experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/vitest' },
          setupFiles: mode === 'quick' ? ['test/support/suites/quick-runs.ts'] : [],
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'fuzz/**/*.test.ts'],
        },
      },
      ...inTwo('integration', mode),
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          exclude: excludedFrom('conformance', mode),
          ...onTheRealThing(mode),
          testTimeout: 960_000,
        },
      },
      ...inTwo('e2e', mode),
    ],
  },
}));
