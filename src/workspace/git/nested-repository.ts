import { comparable, foldersOf } from '../paths.ts';

/** What git obeys, or runs, in the folder of a repository: gitrepository-layout(5). A folder that is called like such a file is none. */
const OBEYED_FILES = ['config', 'config.worktree', 'commondir'];
const OBEYED_FOLDERS = ['hooks', 'info'];

/**
 * Why git obeys what is at a path of a repository that lies among the files of the project, as those of tests do: whoever is in its
 * folder, or below, has git take it for theirs. A `.git` is another matter: nothing ever comes into it.
 * @param isRepository whether a folder of the project is one to git, or will be, or holds the settings of one; `''`: the top
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
