import { basename } from 'node:path';
import { comparable, foldersOf } from './paths.ts';
import { whyAt, type Named } from './places.ts';

/**
 * What the user's own git runs of a project's files: hooks that lie among them, or lead there, and what its hooks and its configuration
 * name. An agent that may change such a file has its next words run by `git commit`. Pure.
 */
export interface RunByGit {
  /** Of the project, as it calls them: the file, or all that is in the folder. */
  readonly places: readonly Named[];
  /** Commands and hooks, in which names may stand. */
  readonly texts: readonly Named[];
}

/** Why git runs or obeys what is at a path of the project; undefined where it does not, as far as can be seen. */
export function runsByGit({ places, texts }: RunByGit): (path: string) => string | undefined {
  const inPlace = whyAt(places);
  const named = texts.map(({ text, why }) => ({
    text: comparable(text),
    paths: pathsIn(comparable(text)),
    why,
  }));
  return (path) => {
    const name = comparable(path);
    const isNamed = ({ text, paths }: (typeof named)[number]): boolean =>
      (basename(name).length >= SHORTEST_NAME && text.includes(basename(name))) ||
      paths.some((part) => `/${name}`.includes(`/${part}`));
    return inPlace(path) ?? named.find(isNamed)?.why;
  };
}

const SHORTEST_NAME = 3;
/** Quotes, and what else ends a word for a shell. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=$\\{}]+/;

/** All that may be a path, up to what stands for any name in it: a folder, a file, or one without its extension. */
const pathsIn = (text: string): readonly string[] =>
  text
    .split(ENDS_OF_WORDS)
    .filter((word) => word.includes('/'))
    .map((word) => word.replace(/[*?[].*$/s, '').replace(/^[./]*\//, ''))
    .filter((part) => part.length >= SHORTEST_NAME);

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
