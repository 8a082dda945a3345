import type { Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { BottleError } from '../errors.ts';
import { basePaths } from './base.ts';
import { Breather } from '../host/together.ts';
import type { NeutralGit } from './git/git.ts';
import { isDependencyFolder, listInTime, userExcludesFile } from './copy/listing.ts';
import { STAGING_PREFIX } from './paths.ts';
import { isTooDeep, type Tree } from './tree.ts';

/**
 * Finds the files of an agent's copy that count. git decides by the `.gitignore` files there, which belong to the
 * agent. If these files stall git, bot-bottle ignores them and every file counts: they hide nothing, and nobody waits.
 */

/**
 * Timeout of git, in milliseconds. An agent's tree can stall git in more ways than we can search for: a FIFO behind a
 * `gitdir:`, endless patterns.
 */
const GIT_DEADLINE_MS = 20_000;
/** Each nested repository costs a call of git, and an agent could make any number of them. */
const MAX_NESTED = 200;
const MAX_READ_BYTES = 1024 * 1024;
/** PATH_MAX: no path reaches anything deeper, and git does not see it. */
const MAX_PATH_LENGTH = 4096;

export interface ListedPlaces {
  readonly workPath: string;
  readonly basePath: string;
  /** The list ends at this length. */
  readonly maxListBytes: number;
}

/**
 * Yields the paths, relative to the work, including those of special files.
 * @throws BottleError `usage`, after the paths, if the list is longer than `maxListBytes`
 */
export async function* workFiles(work: Tree, places: ListedPlaces): AsyncGenerator<string> {
  const { holdsGitUp, tooDeep } = await lookThrough(work);
  const listed = holdsGitUp ? undefined : await listByGit(work, places);
  if (listed === undefined) {
    for (const { path, name, isFolder } of below(work)) if (!isFolder && name !== '.git') yield path;
    return;
  }
  yield* listed.paths;
  yield* tooDeep;
  if (listed.isCut) throw tooManyFiles(places.workPath, []);
}

/** Returns the error for more new files than bot-bottle compares. Its fix keeps the work. */
export function tooManyFiles(workPath: string, details: readonly string[]): BottleError {
  return new BottleError('usage', 'the agent made more files than bot-bottle compares', {
    details,
    fix: `remove what is not needed from ${workPath}, or have its .gitignore name it, and try again; the work stays there`,
  });
}

/** Files that git opens by name to decide whether a folder is a repository. */
const OF_NESTED = ['HEAD', 'commondir'];

/**
 * Walks the tree once, without git. Finds files that stall git, which opens them unchecked and waits for a FIFO (since
 * 2.32 it follows no link from `.gitignore`), and folders whose path is too long.
 */
async function lookThrough(
  work: Tree,
): Promise<{ readonly holdsGitUp: boolean; readonly tooDeep: readonly string[] }> {
  const breather = new Breather();
  const tooDeep: string[] = [];
  for (const { path, name, isOutOfReach } of below(work)) {
    await breather.step();
    // Skips the agent's own repository at the top: see git.ts.
    const isOddGit =
      name === '.git' && path !== name && OF_NESTED.some((file) => isOdd(work, `${path}/${file}`));
    if (isOddGit || (name === '.gitignore' && isOdd(work, path))) return { holdsGitUp: true, tooDeep };
    if (isOutOfReach) tooDeep.push(path);
  }
  return { holdsGitUp: false, tooDeep };
}

function isOdd(work: Tree, path: string): boolean {
  const entry = work.entry(path);
  return entry?.kind === 'special' || (entry?.kind === 'file' && entry.size > MAX_READ_BYTES);
}

/** Returns undefined if git does not finish in time. */
async function listByGit(
  work: Tree,
  { workPath, basePath, maxListBytes }: ListedPlaces,
): Promise<{ readonly paths: readonly string[]; readonly isCut: boolean } | undefined> {
  const gitDir = basePaths(basePath).git;
  // As recorded when the work went in.
  const excludesFile = await userExcludesFile(gitDir, workPath);
  const deadline = performance.now() + GIT_DEADLINE_MS;
  const paths: string[] = [];
  const folders = [''];
  let leftBytes = maxListBytes;
  for (let index = 0; index < folders.length; index += 1) {
    const timeoutMs = Math.ceil(deadline - performance.now());
    if (index > MAX_NESTED || timeoutMs <= 0) return undefined;
    const prefix = folders[index] ?? '';
    const where: NeutralGit = { gitDir, workTree: join(workPath, prefix), excludesFile, timeoutMs };
    const listed = await listInTime({ ...where, maxOutputBytes: leftBytes });
    if (listed === undefined) return undefined;
    for (const path of listed.paths.map((name) => prefix + name)) {
      leftBytes -= listedBytes(path);
      if (!path.endsWith('/')) paths.push(path);
      else if (work.entry(path.slice(0, -1))?.kind === 'folder') folders.push(path);
    }
    if (listed.isCut || leftBytes <= 0) return { paths, isCut: true };
  }
  return { paths, isCut: false };
}

/** Returns the bytes that a path takes in a list, with its terminator. */
export const listedBytes = (path: string): number => Buffer.byteLength(path) + 1;

interface Found {
  readonly path: string;
  readonly name: string;
  readonly isFolder: boolean;
  /** A folder that cannot be opened, yielded a second time as a non-folder, because git does not see it. */
  readonly isOutOfReach: boolean;
}

/**
 * Walks everything except the content of `.git` folders and what never counts, without git. Descends into a folder as
 * soon as it appears, so that it keeps no list of folders.
 */
function* below(work: Tree): Generator<Found> {
  const open = [{ folder: '', entries: work.entries('') }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { folder, entries } = last;
    const entry = nextReadable(entries);
    if (entry === undefined || entry === 'too deep') {
      open.pop();
      if (entry !== undefined)
        yield { path: folder, name: basename(folder), isFolder: false, isOutOfReach: true };
      continue;
    }
    const { name } = entry;
    const path = folder === '' ? name : `${folder}/${name}`;
    const isFolder = entry.isDirectory();
    if (isFolder && neverCounts(name)) continue;
    yield { path, name, isFolder, isOutOfReach: false };
    if (isFolder && name !== '.git' && path.length < MAX_PATH_LENGTH)
      open.push({ folder: path, entries: work.entries(path) });
  }
}

/**
 * Undefined at the end. git skips folders that it may not read; elsewhere an unreadable file that went in is an error.
 */
function nextReadable(entries: Generator<Dirent>): Dirent | 'too deep' | undefined {
  try {
    const { value, done } = entries.next();
    return done === true ? undefined : value;
  } catch (error) {
    if (isTooDeep(error)) return 'too deep';
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}

const neverCounts = (name: string): boolean => isDependencyFolder(name) || name.startsWith(STAGING_PREFIX);
