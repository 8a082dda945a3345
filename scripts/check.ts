import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { EVERYTHING, scopeOfChanges, type Scope } from './check/changes.ts';

/**
 * `npm run check`: checks types, lint, format, dead code and unit tests in parallel, of what changed since the last
 * commit, or in the last commit if nothing has. Prints the failures. `npm run check -- NAME...`: the named checks, of
 * everything; `all`: all checks, of everything.
 */

// Earlier results, by contents of files; may be removed at any time.
const CACHE = 'node_modules/.cache';

// As many as there are processors: vitest(1) leaves one to itself.
const WORKERS = Math.max(2, availableParallelism());

// In MiB. Tests discard most objects at once: a young generation of this size cuts the collection's time by a sixth of
// the whole.
const YOUNG_MIB = 64;

const bin = (name: string): string => join('node_modules/.bin', name);

const FORMATTED = ['src', 'test', 'scripts', 'bench', 'fuzz'];

const isFormatted = (path: string): boolean => FORMATTED.some((folder) => path.startsWith(`${folder}/`));

// Types and dead code cover the whole repository; caches keep their results. The unit tests try each property a tenth
// as often as `npm test` does (test/support/suites/quick-runs.ts).
const CHECKS: Readonly<Record<string, (scope: Scope) => readonly string[] | undefined>> = {
  types: () => [bin('tsc'), '--incremental', '--tsBuildInfoFile', `${CACHE}/types.tsbuildinfo`],
  lint: ({ affected }) => ofSome([bin('oxlint'), '--type-aware', '--deny-warnings'], affected?.lint, []),
  format: ({ affected, changed }) =>
    ofSome([bin('oxfmt'), '--check'], affected && changed.filter(isFormatted), FORMATTED),
  'dead code': () => [bin('knip'), '--no-progress', '--cache', '--cache-location', `${CACHE}/knip`],
  unit: ({ affected }) =>
    ofSome(
      [
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
      affected?.tests,
      [],
    ),
};

/** Returns the command for `files`, for `all` if `files` is undefined, or undefined if there are no files. */
function ofSome(
  command: readonly string[],
  files: readonly string[] | undefined,
  all: readonly string[],
): readonly string[] | undefined {
  if (files?.length === 0) return undefined;
  return [...command, ...(files ?? all)];
}

// For the linter and the compiler, which are written in Go: their garbage is not collected until there is much of it;
// collection took a third of their time. They get half of the processors: the unit tests use the others.
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
  // vitest(1) does not count a skipped test as a failure; here, as in `npm test`, a skip fails.
  const passed = exitCode === 0 && !/^ *Tests .*\b(skipped|todo)\b/m.test(stripVTControlCharacters(output));
  console.log(
    `${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (!passed) console.log(output);
  return passed;
}

const named = process.argv.slice(2);
const isAll = named.length === 1 && named[0] === 'all';
const names = named.length === 0 || isAll ? Object.keys(CHECKS) : named;
const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}, all`);
  process.exit(2);
}
const scope = named.length === 0 ? await scopeOfChanges() : EVERYTHING;
console.log(`checking ${scope.said}`);
const commands = names.flatMap((name) => {
  const command = CHECKS[name]?.(scope);
  return command === undefined ? [] : [{ name, command }];
});
const results = await Promise.all(commands.map(async ({ name, command }) => await check(name, command)));
process.exit(results.every(Boolean) ? 0 : 1);
