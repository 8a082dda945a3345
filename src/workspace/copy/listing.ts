import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { RunResult } from '../../host/run.ts';
import { neutralGit, neutralGitInTime, nulSeparated, type NeutralGit } from '../git/git.ts';
import { STAGING_PREFIX } from '../paths.ts';
import { entryAt } from '../tree.ts';
import { readUserPath, usualExcludesFile } from '../git/user-git.ts';

/** Lists which files of a folder count. git decides, even if the folder is not a repository. */

/** Folders that tools install again, for the host's platform; git ignores them in nearly every project. */
const DEPENDENCY_FOLDERS = ['node_modules', '.venv', '__pycache__'];
/** Whether a folder of this name never counts. */
export const isDependencyFolder = (name: string): boolean => DEPENDENCY_FOLDERS.includes(name);

/** Also excludes the remains of a killed apply. */
const EXCLUDED = [...DEPENDENCY_FOLDERS, `${STAGING_PREFIX}*`].map((name) => `--exclude=${name}/`);

export interface Listing {
  /** Tracked or not ignored. A nested repository appears as a folder, with or without a slash at its end. */
  readonly paths: readonly string[];
  /** Ignored files, and folders (with a slash at the end) in which nothing counts. */
  readonly ignored: readonly string[];
}

/**
 * Returns the path of the user's list of ignored names, as the user's git finds it for a repository: git's default
 * place (gitignore(5)) if no setting names one.
 * @param gitDir undefined if there is no repository
 * @param topPath top of the work tree, the base of a relative path
 */
export async function userExcludesFile(
  gitDir: string | undefined,
  topPath: string,
): Promise<string | undefined> {
  const path = (await readUserPath('core.excludesFile', gitDir)) ?? usualExcludesFile();
  return path === undefined || path === '' ? undefined : resolve(topPath, path);
}

/**
 * Lists what counts and what is ignored. With an empty index, tracked files count only if nothing ignores them.
 * @param excludesPaths further lists of ignored names, which must exist
 */
export async function listFolder(where: NeutralGit, excludesPaths: readonly string[] = []): Promise<Listing> {
  const more = excludesPaths.map((path) => `--exclude-from=${path}`);
  const [paths, ignored] = await Promise.all([
    list(where, [...COUNTING, ...more]),
    list(where, ['--others', '--ignored', '--directory', '--exclude-standard', ...EXCLUDED, ...more]),
  ]);
  return { paths, ignored };
}

const COUNTING = ['--cached', '--others', '--exclude-standard', ...EXCLUDED];

/** The files that count, as far as git has listed them. */
interface Counting {
  readonly paths: readonly string[];
  /** Whether the list was cut at `maxOutputBytes`. */
  readonly isCut: boolean;
}

/** Lists only what counts; returns undefined if git does not finish in time. */
export async function listInTime(
  where: NeutralGit & { readonly maxOutputBytes: number },
): Promise<Counting | undefined> {
  const result = await neutralGitInTime(where, lsFiles(COUNTING));
  if (result.timedOut) return undefined;
  const isCut = result.exitCode === undefined && Buffer.byteLength(result.stdout) >= where.maxOutputBytes;
  if (!isCut) return { paths: pathsOf(result, where), isCut };
  return { paths: nulSeparated(result.stdout.slice(0, result.stdout.lastIndexOf('\0'))), isCut };
}

/** Lists the files in the index: those that a commit holds, or the next commit will. */
export const listTracked = async (where: NeutralGit): Promise<string[]> => await list(where, ['--cached']);

const INCLUDE_FILE = '.worktreeinclude';

/**
 * Lists ignored files that `.worktreeinclude` (in the syntax of `.gitignore`) asks for. Other tools use that file too.
 */
export async function listRequested(where: NeutralGit): Promise<string[]> {
  const path = join(where.folder ?? where.workTree, INCLUDE_FILE);
  if (entryAt(path)?.kind !== 'file') return [];
  return await list(where, ['--others', '--ignored', `--exclude-from=${path}`]);
}

const lsFiles = (options: readonly string[]): string[] => ['ls-files', '-z', ...options];

/** After this time, check whether git waits for something that never ends. */
const SUSPICIOUS_MS = 10_000;

async function list(where: NeutralGit, options: readonly string[]): Promise<string[]> {
  const soon = await neutralGitInTime({ ...where, timeoutMs: SUSPICIOUS_MS }, lsFiles(options));
  if (!soon.timedOut) return pathsOf(soon, where);
  const root = where.folder ?? where.workTree;
  const found = await findWhatNeverEnds(root);
  if (found === undefined) return pathsOf(await neutralGit(where, lsFiles(options)), where);
  throw new BottleError('usage', `${found} is not a file, and git would wait for it for ever`, {
    fix: 'look at what made it, remove it, and try again',
  });
}

/** Files that git reads in a tree while it lists the tree. */
const READ_BY_GIT = ['.gitignore', '.git', 'HEAD', 'commondir', 'config', 'index'];

async function findWhatNeverEnds(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const special = entries.find(
    (entry) => READ_BY_GIT.includes(entry.name) && (entry.isFIFO() || entry.isCharacterDevice()),
  );
  if (special !== undefined) return join(folder, special.name);
  for (const { name } of entries.filter((entry) => entry.isDirectory() && !isDependencyFolder(entry.name))) {
    const found = await findWhatNeverEnds(join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function pathsOf(result: RunResult, where: NeutralGit): string[] {
  if (result.exitCode === 0) return [...new Set(nulSeparated(result.stdout))];
  throw new BottleError(
    'dependencyMissing',
    `git could not list the files of ${where.folder ?? where.workTree}`,
    {
      details: result.stderr.trim().split('\n').slice(-4),
      fix: 'see what `git status` says there, or use `workspace: mount`',
    },
  );
}
