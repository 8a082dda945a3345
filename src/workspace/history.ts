import { dirname, join } from 'node:path';
import type { NeutralGit } from './git.ts';
import { copyListingFiles, importRepository, keepExcludesFile, linkedExcludes } from './import-repository.ts';
import { userExcludesFile } from './listing.ts';
import { findRepository, type Repository, type RepositoryLookup } from './repository.ts';

/** Where the copy of a project is being made. */
export interface CopyPlaces {
  readonly projectPath: string;
  /** The repositories' histories go here. */
  readonly workPath: string;
  /** An empty repository, for folders that are none; it learns what the project's repository ignores. */
  readonly emptyGitDir: string;
}

/** What git can say about one folder of a project. */
export interface FolderHistory {
  /** Whom to ask which of the folder's files count. */
  readonly where: NeutralGit;
  /** Lists of ignored names that the repository has besides. */
  readonly excludesPaths?: readonly string[];
  /** Why the folder's history stays out, where there is one. */
  readonly refused?: string;
}

/**
 * Brings a folder's history into the copy. From then on git reads only that, which we have written.
 * @param prefix the folder, relative to the project, with a slash at its end; empty for the project itself
 */
export async function bringInHistory(places: CopyPlaces, prefix: string): Promise<FolderHistory> {
  const folder = join(places.projectPath, prefix);
  const lookup = await findRepository(folder);
  const above = lookup.kind === 'none' && prefix === '' ? await repositoryAbove(folder) : undefined;
  const found = lookup.kind === 'found' ? lookup : above?.repository;
  const workTree = above?.folder ?? folder;
  const excludesFile = await userExcludesFile(found?.gitDir, workTree);
  if (prefix === '') keepExcludesFile(places.emptyGitDir, excludesFile);
  const neutral = (gitDir: string): NeutralGit => ({ gitDir, workTree, folder, excludesFile });
  if (lookup.kind === 'found') {
    const gitDir = join(places.workPath, prefix, '.git');
    await importRepository(lookup, gitDir);
    if (prefix === '') await copyListingFiles(lookup, places.emptyGitDir, { withIndex: false });
    const linked = linkedExcludes(lookup);
    return { where: neutral(gitDir), excludesPaths: linked === undefined ? [] : [linked] };
  }
  const alone = neutral(places.emptyGitDir);
  if (lookup.kind === 'refused') return { where: alone, refused: lookup.why };
  if (above === undefined) return { where: alone };
  // A project that is a folder of a larger repository: its rules count, its history is of more than the project.
  await copyListingFiles(above.repository, places.emptyGitDir, { withIndex: true });
  return { where: alone, refused: `it is that of ${above.folder}, a folder above` };
}

interface Above {
  readonly folder: string;
  readonly repository: Repository;
}

async function repositoryAbove(below: string): Promise<Above | undefined> {
  for (let folder = dirname(below); ; folder = dirname(folder)) {
    const lookup: RepositoryLookup = await findRepository(folder);
    if (lookup.kind === 'found') return { folder, repository: lookup };
    if (folder === dirname(folder)) return undefined;
  }
}
