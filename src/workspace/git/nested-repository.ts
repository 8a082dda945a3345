import { comparable, foldersOf } from '../paths.ts';

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
