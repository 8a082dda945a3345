import { existsSync, readFileSync } from 'node:fs';
import { run } from '../../src/host/run.ts';
import { affectedBy, type Affected } from './affected.ts';

/** Finds the changes in this clone with git. */

export interface Scope {
  /** A description for the user. */
  readonly said: string;
  /** Undefined: everything is affected. */
  readonly affected: Affected | undefined;
  /** Changed files that exist; unused if everything is checked. */
  readonly changed: readonly string[];
}

/** Everything, whatever was changed. */
export const EVERYTHING: Scope = { said: 'everything', affected: undefined, changed: [] };

/**
 * Returns what the changes since the last commit affect, including untracked files; without changes, those of the last
 * commit. Returns everything if git has no answer, as in an archive or a clone of one commit.
 */
export async function scopeOfChanges(): Promise<Scope> {
  const pending = await pathsOf(
    ['diff', '--name-only', 'HEAD'],
    ['ls-files', '--others', '--exclude-standard'],
  );
  if (pending === undefined) return { ...EVERYTHING, said: 'everything: this is no clone' };
  const paths = pending.length > 0 ? pending : await pathsOf(['diff', '--name-only', 'HEAD~1', 'HEAD']);
  if (paths === undefined)
    return { ...EVERYTHING, said: 'everything: nothing is changed, and there is no commit before' };
  const what =
    pending.length > 0 ? `${paths.length} changed files` : `the last commit's ${paths.length} files`;
  const affected = affectedBy(paths, await readSources());
  const said =
    affected === undefined
      ? `everything: ${what} may be felt anywhere`
      : `what ${what} affect: ${inWords(affected)}`;
  return { said, affected, changed: paths.filter((path) => existsSync(path)) };
}

function inWords({ tests, left, lint }: Affected): string {
  const slow = left.length === 0 ? '' : `, ${left.length} slow or distant ones left to npm test`;
  return `${tests.length} test files${slow}, ${lint.length} files to lint (everything: npm run check -- all)`;
}

/** Returns the distinct paths that these git commands list; undefined if one of them fails. */
async function pathsOf(...commands: readonly (readonly string[])[]): Promise<string[] | undefined> {
  const lists = await Promise.all(
    commands.map(async ([verb = '', ...rest]) => await run('git', [verb, '-z', ...rest])),
  );
  if (lists.some(({ exitCode }) => exitCode !== 0)) return undefined;
  return [...new Set(lists.flatMap(({ stdout }) => stdout.split('\0').filter(Boolean)))];
}

/** Returns every module of the repository with its text. */
async function readSources(): Promise<ReadonlyMap<string, string>> {
  const paths = (await pathsOf(['ls-files', '--cached', '--others', '--exclude-standard'])) ?? [];
  const modules = paths.filter((path) => path.endsWith('.ts') && existsSync(path));
  return new Map(modules.map((path) => [path, readFileSync(path, 'utf8')]));
}
