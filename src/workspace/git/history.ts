import { dirname, join } from 'node:path';
import type { NeutralGit } from './git.ts';
import {
  copyListingFiles,
  excludesOf,
  importRepository,
  keepExcludesFile,
  linkedExcludes,
} from './import-repository.ts';
import { userExcludesFile } from '../copy/listing.ts';
import { findRepository, type HeldFolder, type Repository, type RepositoryLookup } from './repository.ts';
import { Tree } from '../tree.ts';

/** The places of a copy in progress. */
export interface CopyPlaces {
  readonly projectPath: string;
  /** The folder that receives the repositories' histories. */
  readonly workPath: string;
  /** An empty repository, for folders without one; it receives the ignore rules of the project's repository. */
  readonly emptyGitDir: string;
}

/** What git can tell about one folder of a project. */
export interface FolderHistory {
  /** How to call git to learn which of the folder's files count. */
  readonly where: NeutralGit;
  /** Further lists of ignored names that the repository has. */
  readonly excludesPaths?: readonly string[];
  /** Why the folder's history stays out, if it has one. */
  readonly refused?: string;
}

/**
 * Copies a folder's history into the work. From then on git reads only that copy, which we have written.
 * @param project the project, held open
 * @param prefix the folder, relative to the project, with a slash at its end; empty for the project itself
 */
export async function bringInHistory(
  places: CopyPlaces,
  project: HeldFolder,
  prefix: string,
): Promise<FolderHistory> {
  const lookup = await findRepository(project, prefix);
  if (lookup.kind === 'none' && prefix === '') {
    const above = await repositoryAbove(project);
    if (above !== undefined) return await takeRulesFrom(places, project.realPath, above);
  }
  using repository = lookup.kind === 'found' ? lookup.repository : undefined;
  const folder = join(places.projectPath, prefix);
  const gitDirPath = gitDirPathOf(lookup);
  const excludesFile = await userExcludesFile(gitDirPath, folder);
  if (prefix === '') keepExcludesFile(places.emptyGitDir, excludesFile);
  const neutral = (gitDir: string): NeutralGit => ({ gitDir, workTree: folder, folder, excludesFile });
  if (repository === undefined) {
    const own = gitDirPath === undefined ? undefined : excludesOf(gitDirPath);
    const alone = { where: neutral(places.emptyGitDir), excludesPaths: own === undefined ? [] : [own] };
    return lookup.kind === 'refused' ? { ...alone, refused: lookup.why } : alone;
  }
  const gitDir = join(places.workPath, prefix, '.git');
  await importRepository(repository, gitDir);
  if (prefix === '') await copyListingFiles(repository, places.emptyGitDir, { withIndex: false });
  const linked = linkedExcludes(repository.commonDir.realPath);
  return { where: neutral(gitDir), excludesPaths: linked === undefined ? [] : [linked] };
}

function gitDirPathOf(lookup: RepositoryLookup): string | undefined {
  if (lookup.kind === 'found') return lookup.repository.gitDir.realPath;
  return lookup.kind === 'refused' ? lookup.gitDirPath : undefined;
}

/**
 * For a project that is a folder of a larger repository: applies that repository's ignore rules. Its history stays out,
 * because it covers more than the project.
 */
async function takeRulesFrom(
  { emptyGitDir }: CopyPlaces,
  projectPath: string,
  { folder, repository: found }: Above,
): Promise<FolderHistory> {
  using repository = found;
  const excludesFile = await userExcludesFile(repository.gitDir.realPath, folder);
  keepExcludesFile(emptyGitDir, excludesFile);
  await copyListingFiles(repository, emptyGitDir, { withIndex: true });
  const where = { gitDir: emptyGitDir, workTree: folder, folder: projectPath, excludesFile };
  return { where, refused: `it is that of ${folder}, a folder above` };
}

interface Above {
  readonly folder: string;
  readonly repository: Repository;
}

async function repositoryAbove({ realPath: below }: HeldFolder): Promise<Above | undefined> {
  for (let folder = dirname(below); ; folder = dirname(folder)) {
    using tree = Tree.at(folder);
    const lookup = tree === undefined ? undefined : await findRepository({ tree, realPath: folder }, '');
    if (lookup?.kind === 'found') return { folder, repository: lookup.repository };
    if (folder === dirname(folder)) return undefined;
  }
}
