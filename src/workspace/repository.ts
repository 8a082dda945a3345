import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readConfigFile } from './git.ts';

/**
 * Where a folder's git repository is. Only one that belongs to the folder counts: a `.git` file, or a `commondir` in
 * it, that points at somebody else's repository would carry that repository's history into the bottle.
 */

export interface Repository {
  /** HEAD and index. */
  readonly gitDir: string;
  /** Objects, refs and configuration; differs from `gitDir` in a linked worktree. */
  readonly commonDir: string;
}

export type RepositoryLookup =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'found' } & Repository)
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): RepositoryLookup => ({ kind: 'refused', why });

/** Looks for the repository of `projectPath` itself, not of a folder above it. */
export async function findRepository(projectPath: string): Promise<RepositoryLookup> {
  const dotGit = join(projectPath, '.git');
  const stats = lstatSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'none' };
  if (stats.isSymbolicLink()) return refused('.git is a symlink');
  const gitDir = stats.isDirectory() ? realpathSync(dotGit) : pointedAt(projectPath, dotGit);
  if (gitDir === undefined || firstLine(join(gitDir, 'HEAD')) === undefined)
    return refused('.git is not a repository');
  const commonDir = commonDirOf(gitDir);
  if (commonDir === undefined) return refused('its commondir belongs to another repository');
  if (!stats.isDirectory() && !(await pointsBack({ gitDir, commonDir }, dotGit)))
    return refused('.git points at a repository that does not point back');
  if (firstLine(join(commonDir, 'objects/info/alternates')) !== undefined)
    return refused('its objects are in another repository (git repack -a -d brings them in)');
  return { kind: 'found', gitDir, commonDir };
}

/** `gitdir: PATH` in a `.git` file: see gitrepository-layout(5). */
function pointedAt(projectPath: string, dotGit: string): string | undefined {
  const [, path] = /^gitdir: (.+)$/.exec(firstLine(dotGit) ?? '') ?? [];
  if (path === undefined) return undefined;
  const target = resolve(projectPath, path);
  return lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true
    ? realpathSync(target)
    : undefined;
}

/** Undefined where `commondir` names anything but the repository in whose `worktrees` folder this one lies. */
function commonDirOf(gitDir: string): string | undefined {
  const path = firstLine(join(gitDir, 'commondir'));
  if (path === undefined) return gitDir;
  const owner = dirname(dirname(gitDir));
  return basename(dirname(gitDir)) === 'worktrees' && resolve(gitDir, path) === owner ? owner : undefined;
}

/** A worktree's folder names its `.git` file in `gitdir`, a submodule's its work tree in `core.worktree`. */
async function pointsBack(repository: Repository, dotGit: string): Promise<boolean> {
  const worktree = firstLine(join(repository.gitDir, 'gitdir'));
  if (worktree !== undefined) return same(resolve(repository.gitDir, worktree), dotGit);
  const settings = new Map(await readConfigFile(join(repository.gitDir, 'config')));
  const folder = settings.get('core.worktree');
  return folder !== undefined && same(resolve(repository.gitDir, folder), dirname(dotGit));
}

function same(one: string, other: string): boolean {
  return lstatSync(one, { throwIfNoEntry: false }) !== undefined && realpathSync(one) === realpathSync(other);
}

/** The first line of a small file; undefined where there is no such regular file, or it is empty. */
function firstLine(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const [line] = readFileSync(path, 'utf8').split('\n');
  return line === undefined || line === '' ? undefined : line;
}
