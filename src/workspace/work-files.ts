import type { Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { BottleError } from '../errors.ts';
import { basePaths } from './base.ts';
import { Breather } from '../host/breather.ts';
import type { NeutralGit } from './git.ts';
import { isDependencyFolder, listInTime, userExcludesFile } from './listing.ts';
import { STAGING_PREFIX } from './paths.ts';
import { isTooDeep, type Tree } from './tree.ts';

/**
 * The files of an agent's copy that count. git says so, by the `.gitignore` files that lie there: the agent's. Where
 * these are made to hold git up, none of them counts, and every file does: nothing is hidden by it, and nobody waits.
 */

/** What an agent's tree can make git wait for is more than can be looked for: a FIFO that a `gitdir:` leads to, patterns without end. */
const GIT_DEADLINE_MS = 20_000;
/** Each nested repository costs a call of git; an agent could make any number of them. */
const MAX_NESTED = 200;
const MAX_READ_BYTES = 1024 * 1024;
/** PATH_MAX: what lies deeper is reached by no path, and git does not see it. */
const MAX_PATH_LENGTH = 4096;

/** The paths, relative to the work; of what is neither a file nor a link, too. */
export async function* workFiles(
  work: Tree,
  places: { readonly workPath: string; readonly basePath: string },
): AsyncGenerator<string> {
  const { holdsGitUp, tooDeep } = await lookThrough(work);
  const listed = holdsGitUp ? undefined : await listByGit(work, places);
  if (listed !== undefined) yield* [...listed, ...tooDeep];
  else for (const { path, name, isFolder } of below(work)) if (!isFolder && name !== '.git') yield path;
}

/** What git opens by its name to see whether a folder is a repository. */
const OF_NESTED = ['HEAD', 'commondir'];

/**
 * One walk, without git: whether there is what holds it up (it opens these without a look, and waits for a FIFO; it follows no link from
 * `.gitignore` since 2.32), and which folders no path is short enough for.
 */
async function lookThrough(
  work: Tree,
): Promise<{ readonly holdsGitUp: boolean; readonly tooDeep: readonly string[] }> {
  const breather = new Breather();
  const tooDeep: string[] = [];
  for (const { path, name, isOutOfReach } of below(work)) {
    await breather.step();
    // Never the agent's own repository at the top: see git.ts.
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

/** Undefined where git does not come to an end of it in time. */
async function listByGit(
  work: Tree,
  { workPath, basePath }: { readonly workPath: string; readonly basePath: string },
): Promise<string[] | undefined> {
  const gitDir = basePaths(basePath).git;
  // As it was when the work went in.
  const excludesFile = await userExcludesFile(gitDir, workPath);
  const deadline = performance.now() + GIT_DEADLINE_MS;
  const files: string[] = [];
  const folders = [''];
  for (let index = 0; index < folders.length; index += 1) {
    const timeoutMs = Math.ceil(deadline - performance.now());
    if (index > MAX_NESTED || timeoutMs <= 0) return undefined;
    const prefix = folders[index] ?? '';
    const where: NeutralGit = { gitDir, workTree: join(workPath, prefix), excludesFile, timeoutMs };
    const listed = await listInTime(where);
    if (listed === undefined) return undefined;
    for (const path of listed.map((name) => prefix + name)) {
      if (!path.endsWith('/')) files.push(path);
      else if (work.entry(path.slice(0, -1))?.kind === 'folder') folders.push(path);
    }
  }
  return files;
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly isFolder: boolean;
  /** A folder that cannot be looked into, said once more: git does not see it, and it is told of as if it were no folder. */
  readonly isOutOfReach: boolean;
}

/** All but what is in repositories' own folders and what never counts, without git. */
function* below(work: Tree): Generator<Found> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = listReadable(work, folder);
    if (entries === undefined) {
      yield { path: folder, name: basename(folder), isFolder: false, isOutOfReach: true };
      continue;
    }
    for (const entry of entries) {
      const { name } = entry;
      const path = folder === '' ? name : `${folder}/${name}`;
      const isFolder = entry.isDirectory();
      if (isFolder && neverCounts(name)) continue;
      yield { path, name, isFolder, isOutOfReach: false };
      if (isFolder && name !== '.git' && path.length < MAX_PATH_LENGTH) folders.push(path);
    }
  }
}

/** Undefined where its path is too long. git passes a folder over that it may not read; what went in and cannot be read any more is an error elsewhere. */
function listReadable(work: Tree, folder: string): Dirent[] | undefined {
  try {
    return work.list(folder);
  } catch (error) {
    if (isTooDeep(error)) return undefined;
    if (error instanceof BottleError) return [];
    throw error;
  }
}

const neverCounts = (name: string): boolean => isDependencyFolder(name) || name.startsWith(STAGING_PREFIX);
