import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { RunResult } from '../../host/run.ts';
import { neutralGit, neutralGitInTime, nulSeparated, type NeutralGit } from '../git/git.ts';
import { STAGING_PREFIX } from '../paths.ts';
import { entryAt } from '../tree.ts';
import { readUserPath, usualExcludesFile } from '../git/user-git.ts';

/** Which files of a folder count: git's answer, also where the folder is no repository. */

/** What installs itself again and is made for the host's own platform; git ignores it in nearly every project. */
const DEPENDENCY_FOLDERS = ['node_modules', '.venv', '__pycache__'];
/** Whether a folder of this name never counts. */
export const isDependencyFolder = (name: string): boolean => DEPENDENCY_FOLDERS.includes(name);

/** Besides, what an apply that was killed left. */
const EXCLUDED = [...DEPENDENCY_FOLDERS, `${STAGING_PREFIX}*`].map((name) => `--exclude=${name}/`);

export interface Listing {
  /** Tracked or not ignored; a nested repository shows as a folder, with or without a slash at its end. */
  readonly paths: readonly string[];
  /** Ignored: files, and folders (with a slash at the end) of which nothing counts. */
  readonly ignored: readonly string[];
}

/**
 * The user's own list of ignored names, as their git has it for a repository: where nothing sets it, git's own place (gitignore(5)).
 * @param gitDir undefined where there is no repository
 * @param topPath of the work tree, from which a path counts that is not full
 */
export async function userExcludesFile(
  gitDir: string | undefined,
  topPath: string,
): Promise<string | undefined> {
  const path = (await readUserPath('core.excludesFile', gitDir)) ?? usualExcludesFile();
  return path === undefined || path === '' ? undefined : resolve(topPath, path);
}

/**
 * What counts and what does not. With an empty index, tracked files count only where nothing ignores them.
 * @param excludesPaths further lists of ignored names, which are there
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

/** What counts, as far as git has told it. */
interface Counting {
  readonly paths: readonly string[];
  /** There is more: it is longer than `maxOutputBytes`. */
  readonly isCut: boolean;
}

/** Only what counts; undefined where git does not come to an end of it in time. */
export async function listInTime(
  where: NeutralGit & { readonly maxOutputBytes: number },
): Promise<Counting | undefined> {
  const result = await neutralGitInTime(where, lsFiles(COUNTING));
  if (result.timedOut) return undefined;
  const isCut = result.exitCode === undefined && Buffer.byteLength(result.stdout) >= where.maxOutputBytes;
  if (!isCut) return { paths: pathsOf(result, where), isCut };
  return { paths: nulSeparated(result.stdout.slice(0, result.stdout.lastIndexOf('\0'))), isCut };
}

/** What the index has: files that a commit holds, or that the next will. */
export const listTracked = async (where: NeutralGit): Promise<string[]> => await list(where, ['--cached']);

const INCLUDE_FILE = '.worktreeinclude';

/** Ignored files that the project's `.worktreeinclude` (the syntax of `.gitignore`) asks for, as other tools know it. */
export async function listRequested(where: NeutralGit): Promise<string[]> {
  const path = join(where.folder ?? where.workTree, INCLUDE_FILE);
  if (entryAt(path)?.kind !== 'file') return [];
  return await list(where, ['--others', '--ignored', `--exclude-from=${path}`]);
}

const lsFiles = (options: readonly string[]): string[] => ['ls-files', '-z', ...options];

/** After this it is looked whether git waits for something that never comes. */
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

/** What git reads of a tree while it lists it. */
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
