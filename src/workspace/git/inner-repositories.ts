import type { Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { Change } from '../diff/changes.ts';
import { comparable, foldersOfAll, foldersOf } from '../paths.ts';
import type { Tree } from '../tree.ts';

/** Decides which folders among a project's files git takes for repositories. */

/**
 * Returns a function that tells whether a folder of the project is a repository to git. Checks the project as it is,
 * which may hold more than went into the bottle, and the incoming changes. A folder named HEAD does not count as HEAD.
 * The target of a `commondir` needs no HEAD: git reads the settings beside its `objects` and `refs`. Without a
 * `commondir` anywhere, nothing leads to such a folder.
 */
export function repositoriesOf(project: Tree, changes: readonly Change[]): (folder: string) => boolean {
  const paths = changes.flatMap(({ path, after }) => (after === undefined ? [] : path));
  const files = new Set(paths.map(comparable));
  const folders = new Set([...foldersOfAll(paths).keys()].map(comparable));
  const hasHead = (path: string): boolean =>
    files.has(comparable(path)) || ['file', 'link'].includes(project.entry(path)?.kind ?? '');
  const isThere = (path: string): boolean =>
    files.has(comparable(path)) || folders.has(comparable(path)) || project.entry(path) !== undefined;
  let hasCommonDir: boolean | undefined;
  const mayBeLedTo = (): boolean => (hasCommonDir ??= paths.some(isCommonDir) || hasCommonDirIn(project));
  return (folder) =>
    hasHead(join(folder, 'HEAD')) ||
    (isThere(join(folder, 'objects')) && isThere(join(folder, 'refs')) && mayBeLedTo());
}

const isCommonDir = (path: string): boolean => comparable(basename(path)) === 'commondir';

/**
 * Searches the project for a `commondir`, except in `.git`, where the user's git makes them. An unreadable folder may
 * hold one.
 */
function hasCommonDirIn(project: Tree): boolean {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = listed(project, folder);
    if (entries === undefined || entries.some((entry) => !entry.isDirectory() && isCommonDir(entry.name)))
      return true;
    for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== '.git'))
      folders.push(folder === '' ? name : `${folder}/${name}`);
  }
  return false;
}

function listed(project: Tree, folder: string): readonly Dirent[] | undefined {
  try {
    return project.list(folder);
  } catch (error) {
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}

/**
 * Files that git obeys, and folders whose files it obeys or runs, in a repository: gitrepository-layout(5). A folder
 * with such a file's name does not count as one.
 */
const OBEYED_FILES = ['config', 'config.worktree', 'commondir'];
const OBEYED_FOLDERS = ['hooks', 'info'];

/**
 * Returns a function that explains why git obeys a path of a repository among the project's files, such as a test's
 * repository: git takes it for the current repository when it runs in that folder or below. `.git` needs no check here,
 * because apply never writes into one.
 * @param isRepository whether git takes a folder of the project for a repository or its common folder, now or after the
 * changes; `''`: the top
 */
export const inRepository =
  (isRepository: (folder: string) => boolean) =>
  (path: string): string | undefined => {
    const folders = ['', ...foldersOf(path)];
    const names = comparable(path).split('/');
    const isObeyed = names.some((name, depth) => {
      const isNamedSo =
        OBEYED_FOLDERS.includes(name) || (depth === names.length - 1 && OBEYED_FILES.includes(name));
      return isNamedSo && isRepository(folders[depth] ?? '');
    });
    return isObeyed ? 'git obeys it in the repository that its folder is' : undefined;
  };
