import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** `npm run check [NAME...]`: types, lint, format, dead code and unit tests, or those that are named, side by side; prints what failed. */

// What was found before, by contents of files; may be removed at any time.
const CACHE = 'node_modules/.cache';

// As many as there are processors: vitest(1) leaves one to itself.
const WORKERS = Math.max(2, availableParallelism());

// What tests make is mostly thrown away at once: in MiB, enough of it at a time that collecting it takes a sixth less of all.
const YOUNG_MIB = 64;

const bin = (name: string): string => join('node_modules/.bin', name);

// The unit tests try each property a tenth as often as `npm test` does (test/support/quick-runs.ts).
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: [bin('tsc'), '--incremental', '--tsBuildInfoFile', `${CACHE}/types.tsbuildinfo`],
  lint: [bin('oxlint'), '--type-aware', '--deny-warnings'],
  format: [bin('oxfmt'), '--check', 'src', 'test', 'scripts', 'bench', 'fuzz'],
  'dead code': [bin('knip'), '--no-progress', '--cache', '--cache-location', `${CACHE}/knip`],
  unit: [
    process.execPath,
    `--min-semi-space-size=${YOUNG_MIB}`,
    `--max-semi-space-size=${YOUNG_MIB}`,
    bin('vitest'),
    'run',
    '--project',
    'unit',
    '--mode',
    'quick',
    '--reporter',
    'minimal',
    `--maxWorkers=${WORKERS}`,
  ],
};

// For the linter and the compiler, which are written in Go: what they let go is not collected before there is much of it, which took
// a third of their time. Half of the processors: the unit tests keep the others busy.
const FOR_GO = {
  GOGC: 'off',
  GOMEMLIMIT: '2GiB',
  GOMAXPROCS: String(Math.max(1, Math.floor(availableParallelism() / 2))),
};

async function check(name: string, [program = '', ...args]: readonly string[]): Promise<boolean> {
  const started = Date.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...FOR_GO },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  // vitest(1) counts a skipped test as no failure; here, as under `npm test`, nothing is skipped.
  const passed = exitCode === 0 && !/^ *Tests .*\b(skipped|todo)\b/m.test(stripVTControlCharacters(output));
  console.log(
    `${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (!passed) console.log(output);
  return passed;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}`);
  process.exit(2);
}
const results = await Promise.all(names.map((name) => check(name, CHECKS[name] ?? [])));
process.exit(results.every(Boolean) ? 0 : 1);
