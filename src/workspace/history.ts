import { dirname, join } from 'node:path';
import type { NeutralGit } from './git.ts';
import { copyListingFiles, importRepository } from './import-repository.ts';
import { findRepository, type RepositoryLookup } from './repository.ts';

/** Where the copy of a project is being made. */
export interface CopyPlaces {
  readonly projectPath: string;
  /** The repositories' histories go here. */
  readonly workPath: string;
  /** An empty repository, for folders that are none; it learns what the project's repository ignores. */
  readonly emptyGitDir: string;
  /** The user's own list of ignored names. */
  readonly excludesFile: string | undefined;
}

/** What git can say about one folder of a project. */
export interface FolderHistory {
  /** Whom to ask which of the folder's files count. */
  readonly where: NeutralGit;
  /** Why the folder's history stays out, where there is one. */
  readonly refused?: string;
}

/**
 * Brings a folder's history into the copy. From then on git reads only that, which we have written.
 * @param prefix the folder, relative to the project, with a slash at its end; empty for the project itself
 */
export async function bringInHistory(places: CopyPlaces, prefix: string): Promise<FolderHistory> {
  const folder = join(places.projectPath, prefix);
  const neutral = (gitDir: string): NeutralGit => ({
    gitDir,
    workTree: folder,
    excludesFile: places.excludesFile,
  });
  const lookup = await findRepository(folder);
  if (lookup.kind === 'found') {
    const gitDir = join(places.workPath, prefix, '.git');
    await importRepository(lookup, gitDir);
    if (prefix === '') await copyListingFiles(lookup, places.emptyGitDir, { withIndex: false });
    return { where: neutral(gitDir) };
  }
  const alone = neutral(places.emptyGitDir);
  if (lookup.kind === 'refused') return { where: alone, refused: lookup.why };
  return prefix === '' ? await besideRepositoryAbove(alone) : { where: alone };
}

/** A project that is a folder of a larger repository: its rules count, its history is of more than the project. */
async function besideRepositoryAbove(alone: NeutralGit): Promise<FolderHistory> {
  for (let folder = dirname(alone.workTree); ; folder = dirname(folder)) {
    const lookup: RepositoryLookup = await findRepository(folder);
    if (lookup.kind === 'found') {
      await copyListingFiles(lookup, alone.gitDir, { withIndex: true });
      return {
        where: { ...alone, workTree: folder, folder: alone.workTree },
        refused: `it is that of ${folder}, a folder above`,
      };
    }
    if (folder === dirname(folder)) return { where: alone };
  }
}
