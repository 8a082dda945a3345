import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  cpSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BottleError, errnoOf } from '../errors.ts';
import { removeTree } from '../host/files.ts';
import { isRoot } from '../host/user.ts';
import { escapeText } from '../ui/terminal/text.ts';
import { Breather } from './copy-file.ts';
import { STAGING_PREFIX } from './paths.ts';
import type { ProjectLook } from './project-state.ts';
import type { StagedChange } from './stage.ts';
import type { Tree } from './tree.ts';

/**
 * Writes changes into the project. All of them are first put together in a folder of their own there, so that a full disk
 * shows before anything changes; then each is moved into place in one step, and the base with it: a kill between two steps
 * leaves a project and a base that agree.
 */

export interface WriteContext {
  readonly projectPath: string;
  readonly bottleId: string;
  readonly project: Tree;
  readonly base: Tree;
  readonly look: ProjectLook;
}

/** @throws BottleError `usage` where a folder cannot be written to, `wouldLoseWork` where the project changes meanwhile */
export async function writeChanges(context: WriteContext, changes: readonly StagedChange[]): Promise<void> {
  const stagingPath = join(context.projectPath, `${STAGING_PREFIX}${context.bottleId}`);
  await removeTree(stagingPath); // of an apply that was killed
  if (changes.length === 0) return;
  for (const { path } of changes) checkWritable(context.project, path);
  const ordered = deletionsFirst(changes);
  mkdirSync(stagingPath, { mode: 0o700 });
  try {
    await putTogether(context, ordered, stagingPath);
    await moveIntoPlace(context, ordered, stagingPath);
  } finally {
    await removeTree(stagingPath);
  }
}

/** What the project has now is what later changes are measured against. Moves the staged files away. */
export function advanceBase(base: Tree, changes: readonly StagedChange[]): void {
  for (const { path, after, afterPath } of deletionsFirst(changes)) {
    const there = base.locate(path);
    if (there !== undefined) rmSync(there, { recursive: true, force: true });
    if (after === undefined) continue;
    makeParents(base, path, () => {});
    const located = needed(base.locate(path), path);
    if (after.kind === 'link') symlinkSync(after.target, located);
    else if (afterPath !== undefined) renameSync(afterPath, located);
  }
}

/** A file that becomes a folder has to go before what is in the folder comes. */
function deletionsFirst(changes: readonly StagedChange[]): StagedChange[] {
  const [gone, there] = [
    changes.filter(({ after }) => after === undefined),
    changes.filter(({ after }) => after !== undefined),
  ];
  return [...gone, ...there];
}

function checkWritable(project: Tree, path: string): void {
  const folders = foldersAbove(path).toReversed();
  const nearest = folders.find((folder) => project.entry(folder)?.kind === 'folder') ?? '';
  try {
    accessSync(project.folder(nearest) ?? '', constants.W_OK);
  } catch (error) {
    throw new BottleError(
      'usage',
      `${escapeText(join('.', nearest))} cannot be written to; nothing was applied`,
      {
        fix: 'see who owns the folder',
        cause: error,
      },
    );
  }
}

/** `a`, `a/b` for `a/b/c`. */
function foldersAbove(path: string): string[] {
  const components = path.split('/').slice(0, -1);
  return components.map((_, index) => components.slice(0, index + 1).join('/'));
}

async function putTogether(
  { projectPath, project }: WriteContext,
  changes: readonly StagedChange[],
  stagingPath: string,
): Promise<void> {
  const breather = new Breather();
  for (const [index, change] of changes.entries()) {
    await breather.step();
    if (change.after === undefined) continue;
    const target = join(stagingPath, String(index));
    makeCopy(change, target, project);
    giveToOwnerOf(projectPath, target);
  }
}

/** A copy of a change's file or link. A file that is there already keeps its permissions, but for being executable. */
function makeCopy({ path, after, afterPath }: StagedChange, target: string, project: Tree): void {
  if (after?.kind === 'link') return symlinkSync(after.target, target);
  if (after?.kind !== 'file' || afterPath === undefined)
    throw new Error(`${path} is neither a file nor a link`);
  closeSync(openSync(target, 'wx', 0o777)); // as the umask likes it
  const located = project.entry(path)?.kind === 'file' ? project.locate(path) : undefined;
  const { mode } = lstatSync(located ?? target);
  copyFileSync(afterPath, target, constants.COPYFILE_FICLONE);
  chmodSync(target, after.executable ? executable(mode) : mode & 0o666);
}

/** Who may read may execute. */
const executable = (mode: number): number => (mode & 0o777) | ((mode & 0o444) >> 2);

/** Root works for somebody else here: in the project of a user, new files are that user's. */
function giveToOwnerOf(projectPath: string, path: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(projectPath);
  lchownSync(path, uid, gid);
}

async function moveIntoPlace(
  context: WriteContext,
  changes: readonly StagedChange[],
  stagingPath: string,
): Promise<void> {
  const breather = new Breather();
  for (const [index, change] of changes.entries()) {
    await breather.step();
    const state = context.look.stateOf(change);
    if (state.kind === 'conflict') throw changedMeanwhile(change.path, state.why);
    if (change.after === undefined) remove(context.project, change.path);
    else put(context, change.path, join(stagingPath, String(index)));
    advanceBase(context.base, [change]);
  }
}

function remove(project: Tree, path: string): void {
  const located = project.locate(path);
  if (located !== undefined) rmSync(located, { force: true });
  for (const folder of foldersAbove(path).toReversed()) {
    if (!removeIfEmpty(project.locate(folder))) return;
  }
}

function removeIfEmpty(located: string | undefined): boolean {
  try {
    if (located !== undefined) rmdirSync(located);
    return true;
  } catch {
    return false; // something is in it
  }
}

function put({ projectPath, project }: WriteContext, path: string, staged: string): void {
  makeParents(project, path, (folder) => giveToOwnerOf(projectPath, folder));
  const located = needed(project.locate(path), path);
  try {
    renameSync(staged, located);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    // Another file system is mounted in the project: from beside the place it is one step again.
    const beside = join(dirname(located), basename(dirname(staged)));
    cpSync(staged, beside, { verbatimSymlinks: true, force: true });
    giveToOwnerOf(projectPath, beside);
    renameSync(beside, located);
  }
}

/** Makes the folders above a path, and tells each that it made. */
function makeParents(tree: Tree, path: string, made: (located: string) => void): void {
  for (const folder of foldersAbove(path)) {
    if (tree.entry(folder) !== undefined) continue;
    const located = needed(tree.locate(folder), path);
    mkdirSync(located);
    made(located);
  }
}

function needed(located: string | undefined, path: string): string {
  if (located === undefined) throw changedMeanwhile(path, 'a parent is not a folder any more');
  return located;
}

function changedMeanwhile(path: string, why: string): BottleError {
  return new BottleError('wouldLoseWork', 'the project changed while changes were being applied', {
    details: [`${escapeText(path)}: ${escapeText(why)}`],
    fix: 'apply again: it goes on from there',
  });
}
