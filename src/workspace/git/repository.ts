import { closeSync, fstatSync, lstatSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readConfig } from './git.ts';
import { Tree } from '../tree.ts';

/**
 * Finds a folder's git repository. Only a repository that belongs to the folder counts: a `.git` file, or a `commondir`
 * in it, that points at another repository would carry that repository's history into the bottle. An earlier agent, or
 * an archive, may have written all of `.git`, so no symbolic link below the project is followed.
 */

/** A folder that others may write to, held open. */
export interface HeldFolder {
  readonly tree: Tree;
  /** Without symbolic links, as resolved when the folder was opened. */
  readonly realPath: string;
}

/** Keeps folders open: dispose of it. */
export interface Repository extends Disposable {
  /** Holds HEAD and index. */
  readonly gitDir: HeldFolder;
  /** Holds objects, refs and configuration. Differs from `gitDir` in a linked worktree. */
  readonly commonDir: HeldFolder;
}

export type RepositoryLookup =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly repository: Repository }
  /** `gitDirPath`: the repository that the user's git uses anyway; its lists of ignored names count. */
  | { readonly kind: 'refused'; readonly why: string; readonly gitDirPath?: string };

const refused = (why: string): RepositoryLookup => ({ kind: 'refused', why });

/**
 * Looks for the repository of the folder itself, not of a folder above it.
 * @param folder relative to the project, with a slash at its end; empty for the project itself
 */
export async function findRepository(project: HeldFolder, folder: string): Promise<RepositoryLookup> {
  const dotGit = project.tree.entry(`${folder}.git`);
  if (dotGit === undefined) return { kind: 'none' };
  if (dotGit.kind === 'link') return refused('.git is a symlink');
  const opened = openRepository(project, folder, dotGit.kind === 'folder');
  if (typeof opened === 'string') return refused(opened);
  const why = await whyRefused(
    opened,
    dotGit.kind === 'folder' ? undefined : join(project.realPath, folder, '.git'),
  );
  if (why === undefined) return { kind: 'found', repository: opened };
  opened[Symbol.dispose]();
  return why;
}

function openRepository(project: HeldFolder, folder: string, isFolder: boolean): Repository | string {
  const gitDir = isFolder ? openInside(project, join(folder, '.git')) : openPointedAt(project, folder);
  if (gitDir === undefined) return '.git is not a repository';
  const commonDir = openCommonDir(project, gitDir);
  if (commonDir === undefined) gitDir.tree[Symbol.dispose]();
  if (commonDir === undefined) return 'its commondir belongs to another repository';
  const dispose = (): void => [gitDir, commonDir].forEach(({ tree }) => tree[Symbol.dispose]());
  return { gitDir, commonDir, [Symbol.dispose]: dispose };
}

/** @param dotGitPath the `.git` file that led to the repository; undefined if `.git` is a folder */
async function whyRefused(
  repository: Repository,
  dotGitPath: string | undefined,
): Promise<RepositoryLookup | undefined> {
  const { gitDir, commonDir } = repository;
  const link = linkIn(gitDir, ['HEAD', 'index']) ?? linkIn(commonDir, COMMON_NAMES);
  if (link === undefined && firstLine(gitDir, 'HEAD') === undefined)
    return refused('.git is not a repository');
  if (dotGitPath !== undefined && !(await pointsBack(gitDir, dotGitPath)))
    return refused('.git points at a repository that does not point back');
  const gitDirPath = gitDir.realPath;
  if (link !== undefined) return { kind: 'refused', why: `${link} in it is a symlink`, gitDirPath };
  if (commonDir.tree.entry(ALTERNATES) === undefined) return undefined;
  const why = 'its objects are in another repository (git repack -a -d brings them in)';
  return { kind: 'refused', why, gitDirPath };
}

/** Names that are copied, or that git follows if they are links. */
const COMMON_NAMES = ['config', 'objects', 'objects/info', 'packed-refs', 'refs', 'reftable', 'shallow'];
const ALTERNATES = 'objects/info/alternates';

const linkIn = ({ tree }: HeldFolder, names: readonly string[]): string | undefined =>
  names.find((name) => tree.entry(name)?.kind === 'link');

function openInside({ tree, realPath }: HeldFolder, path: string): HeldFolder | undefined {
  const inside = tree.subtree(path);
  return inside === undefined ? undefined : { tree: inside, realPath: join(realPath, path) };
}

/** Opens the target of `gitdir: PATH` in a `.git` file: see gitrepository-layout(5). */
function openPointedAt(project: HeldFolder, folder: string): HeldFolder | undefined {
  const [, path] = /^gitdir: (.+)$/.exec(firstLine(project, `${folder}.git`) ?? '') ?? [];
  return path === undefined ? undefined : openAt(project, resolve(project.realPath, folder, path));
}

/**
 * Follows no link in the project. Resolves links outside it first, and then opens the real path without links, so that
 * nobody can insert one meanwhile.
 */
function openAt(project: HeldFolder, path: string): HeldFolder | undefined {
  const inside = insideOf(project, path);
  if (inside !== undefined) return openInside(project, inside);
  const realPath = realPathOf(path);
  if (realPath === undefined) return undefined;
  const realInside = insideOf(project, realPath);
  if (realInside !== undefined) return openInside(project, realInside);
  const tree = Tree.at(realPath);
  return tree === undefined ? undefined : { tree, realPath };
}

function insideOf({ realPath }: HeldFolder, path: string): string | undefined {
  const inside = relative(realPath, path);
  return inside === '..' || inside.startsWith('../') ? undefined : inside;
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // nothing is there, or it is unreadable
  }
}

/** Returns undefined if `commondir` names anything but the repository whose `worktrees` folder holds `gitDir`. */
function openCommonDir(project: HeldFolder, gitDir: HeldFolder): HeldFolder | undefined {
  const path = firstLine(gitDir, 'commondir');
  if (path === undefined) return gitDir.tree.entry('commondir') === undefined ? gitDir : undefined;
  const owner = dirname(dirname(gitDir.realPath));
  const isOwner =
    basename(dirname(gitDir.realPath)) === 'worktrees' && resolve(gitDir.realPath, path) === owner;
  return isOwner ? openAt(project, owner) : undefined;
}

/** A worktree's folder names its `.git` file in `gitdir`; a submodule's names its work tree in `core.worktree`. */
async function pointsBack(gitDir: HeldFolder, dotGitPath: string): Promise<boolean> {
  const worktree = firstLine(gitDir, 'gitdir');
  if (worktree !== undefined) return same(resolve(gitDir.realPath, worktree), dotGitPath);
  const settings = new Map(await readConfig(readStart(gitDir, 'config') ?? Buffer.alloc(0)));
  const folder = settings.get('core.worktree');
  return folder !== undefined && same(resolve(gitDir.realPath, folder), dirname(dotGitPath));
}

function same(one: string, other: string): boolean {
  return lstatSync(one, { throwIfNoEntry: false }) !== undefined && realpathSync(one) === realpathSync(other);
}

/** Far above the size of configurations and pattern lists. */
const MAX_READ_BYTES = 1024 * 1024;

/** The first line of a small file; undefined if it is empty or not a regular file. */
function firstLine(folder: HeldFolder, path: string): string | undefined {
  const [line] = readStart(folder, path)?.toString('utf8').split('\n', 1) ?? [];
  return line === undefined || line === '' ? undefined : line;
}

/** Returns the beginning of a regular file, at most 1 MiB; undefined if there is no such file. */
export function readStart({ tree }: HeldFolder, path: string): Buffer | undefined {
  const fd = tree.openFile(path);
  if (fd === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(fd).size, MAX_READ_BYTES));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
