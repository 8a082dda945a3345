import { defineConfig } from 'vitest/config';

// Real engines and real processes: one file at a time, so that two suites never fight over two cores; but bottles of the
// conformance suite mostly wait, and take turns where there is one of something (test/support/turn.ts). No second try: what
// fails now and then is broken.
const onTheRealThing = {
  fileParallelism: false,
  testTimeout: 240_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig(({ mode }) => ({
  test: {
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
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...onTheRealThing } },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          ...onTheRealThing,
          fileParallelism: true,
          maxWorkers: 2,
          testTimeout: 480_000,
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onTheRealThing } },
    ],
  },
}));
