import { join } from 'node:path';
import type { Change } from './changes.ts';
import { comparable, foldersOfAll } from './paths.ts';
import type { Tree } from './tree.ts';

/** Which folders among a project's files are repositories to git. */

/**
 * Of the project as it is, where more may lie than went into the bottle, and of what comes. A folder called HEAD is no HEAD to git; and
 * what a `commondir` leads to needs none: beside `objects` and `refs` git takes its settings.
 */
export function repositoriesOf(project: Tree, changes: readonly Change[]): (folder: string) => boolean {
  const paths = changes.flatMap(({ path, after }) => (after === undefined ? [] : path));
  const files = new Set(paths.map(comparable));
  const folders = new Set([...foldersOfAll(paths).keys()].map(comparable));
  const hasHead = (path: string): boolean =>
    files.has(comparable(path)) || ['file', 'link'].includes(project.entry(path)?.kind ?? '');
  const isThere = (path: string): boolean =>
    files.has(comparable(path)) || folders.has(comparable(path)) || project.entry(path) !== undefined;
  return (folder) =>
    hasHead(join(folder, 'HEAD')) || (isThere(join(folder, 'objects')) && isThere(join(folder, 'refs')));
}
