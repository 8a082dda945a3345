import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { EVERYTHING, scopeOfChanges, type Scope } from './check/changes.ts';

/**
 * `npm run check`: types, lint, format, dead code and unit tests, side by side, of what was changed since the last commit, or
 * in it where nothing is; prints what failed. `npm run check -- NAME...`: those that are named, of everything; `all`: all.
 */

// What was found before, by contents of files; may be removed at any time.
const CACHE = 'node_modules/.cache';

// As many as there are processors: vitest(1) leaves one to itself.
const WORKERS = Math.max(2, availableParallelism());

// What tests make is mostly thrown away at once: in MiB, enough of it at a time that collecting it takes a sixth less of all.
const YOUNG_MIB = 64;

const bin = (name: string): string => join('node_modules/.bin', name);

const FORMATTED = ['src', 'test', 'scripts', 'bench', 'fuzz'];

const isFormatted = (path: string): boolean => FORMATTED.some((folder) => path.startsWith(`${folder}/`));

// Types and dead code are of the whole: what they found before is kept. The unit tests try each property a tenth as often as
// `npm test` does (test/support/quick-runs.ts).
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

/** A command for some files; for what stands for all of them where it is not said which; none where there are none. */
function ofSome(
  command: readonly string[],
  files: readonly string[] | undefined,
  all: readonly string[],
): readonly string[] | undefined {
  if (files?.length === 0) return undefined;
  return [...command, ...(files ?? all)];
}

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
