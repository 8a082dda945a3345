import type { Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { Change } from '../diff/changes.ts';
import { comparable, foldersOfAll } from '../paths.ts';
import type { Tree } from '../tree.ts';

/** Which folders among a project's files are repositories to git. */

/**
 * Of the project as it is, where more may lie than went into the bottle, and of what comes. A folder called HEAD is no HEAD to git; and
 * what a `commondir` leads to needs none: beside `objects` and `refs` git takes its settings. Where there is no `commondir` anywhere,
 * nothing leads to it.
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

/** In all of a project but what is git's own, where the user's own git puts them. What cannot be looked into may have one. */
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
