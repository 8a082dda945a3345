import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

// Real engines and real processes: two files at a time on the two cores of the smallest host that is meant. They mostly wait, and
// take turns where there is one of something (test/support/turn.ts). No second try: what fails now and then is broken.
const onTheRealThing = (mode: string) => ({
  maxWorkers: 2,
  testTimeout: 240_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 20_000 } },
  provide: { mode },
});

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
          setupFiles: mode === 'quick' ? ['test/support/quickRuns.ts'] : [],
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'fuzz/**/*.test.ts'],
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...onTheRealThing(mode) } },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          ...onTheRealThing(mode),
          testTimeout: 960_000,
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onTheRealThing(mode) } },
    ],
  },
}));
