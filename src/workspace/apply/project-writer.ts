import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { BottleError, errnoOf } from '../../errors.ts';
import { Breather } from '../../host/breather.ts';
import { removeTree } from '../../host/files.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { foldersOf, STAGING_PREFIX } from '../paths.ts';
import type { ProjectLook } from './project-state.ts';
import type { StagedChange } from '../diff/stage.ts';
import { Staging } from '../diff/staging.ts';
import type { Tree } from '../tree.ts';

/**
 * Writes changes into the project. All of them are first put together in a folder of their own there, so that a full disk
 * shows before anything changes; then each is moved into place in one step, and the base with it: a kill between two steps
 * leaves a project and a base that agree.
 */

export interface WriteContext {
  readonly bottleId: string;
  readonly project: Tree;
  readonly base: Tree;
  readonly look: ProjectLook;
}

/** @throws BottleError `usage` where a folder cannot be written to, `wouldLoseWork` where the project changes meanwhile */
export async function writeChanges(context: WriteContext, changes: readonly StagedChange[]): Promise<void> {
  const { project } = context;
  // Of an apply that was killed, too.
  if (changes.length === 0) return await removeTree(`${project.path}/${stagingName(context)}`);
  for (const { path } of changes) checkWritable(project, path);
  const ordered = deletionsFirst(changes);
  await using staging = await makeStaging(context, project);
  await putTogether(staging, ordered, project);
  await moveIntoPlace(context, ordered, staging);
}

const stagingName = ({ bottleId }: WriteContext): string => `${STAGING_PREFIX}${bottleId}`;

async function makeStaging(context: WriteContext, parent: Tree): Promise<Staging> {
  const staging = await Staging.make(parent, stagingName(context));
  if (staging === undefined) throw changedMeanwhile(stagingName(context), 'it is no folder any more');
  return staging;
}

/** What the project has now is what later changes are measured against. Moves the staged files away. */
export function advanceBase(base: Tree, changes: readonly StagedChange[]): void {
  for (const { path, after, afterPath } of deletionsFirst(changes)) {
    const there = base.locate(path);
    if (there !== undefined) rmSync(there, { recursive: true, force: true });
    if (after === undefined) continue;
    for (const folder of missingFolders(base, path)) mkdirSync(needed(base.locate(folder), path));
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
  const folders = foldersOf(path).toReversed();
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

async function putTogether(staging: Staging, changes: readonly StagedChange[], project: Tree): Promise<void> {
  const breather = new Breather();
  for (const [index, change] of changes.entries()) {
    await breather.step();
    if (change.after !== undefined) addCopy(staging, String(index), { change, project });
  }
}

interface InProject {
  readonly change: StagedChange;
  readonly project: Tree;
}

/** A copy of a change's file or link. A file that is there already keeps its permissions, but for being executable. */
function addCopy(staging: Staging, name: string, { change, project }: InProject): void {
  const { path, after, afterPath } = change;
  if (after?.kind === 'link') return staging.addLink(name, after.target);
  if (after?.kind !== 'file' || afterPath === undefined)
    throw new Error(`${path} is neither a file nor a link`);
  const located = project.entry(path)?.kind === 'file' ? project.locate(path) : undefined;
  const modeThere = located === undefined ? undefined : lstatSync(located).mode;
  const modeFrom = (newFileMode: number): number => {
    const mode = modeThere ?? newFileMode;
    return after.executable ? executable(mode) : mode & 0o666;
  };
  staging.addFile(name, { contentPath: afterPath, modeFrom });
}

/** Who may read may execute. */
const executable = (mode: number): number => (mode & 0o777) | ((mode & 0o444) >> 2);

async function moveIntoPlace(
  context: WriteContext,
  changes: readonly StagedChange[],
  staging: Staging,
): Promise<void> {
  const breather = new Breather();
  for (const [index, change] of changes.entries()) {
    await breather.step();
    const state = context.look.stateOf(change);
    if (state.kind === 'conflict') throw changedMeanwhile(change.path, state.why);
    if (change.after === undefined) remove(context.project, change.path);
    else await put(context, { change, name: String(index) }, staging);
    advanceBase(context.base, [change]);
  }
}

function remove(project: Tree, path: string): void {
  const located = project.locate(path);
  if (located !== undefined) unlinkIfThere(located);
  for (const folder of foldersOf(path).toReversed()) {
    if (!removeIfEmpty(project.locate(folder))) return;
  }
}

function unlinkIfThere(located: string): void {
  try {
    unlinkSync(located);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
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

interface Staged {
  readonly change: StagedChange;
  /** What it is called where it is staged. */
  readonly name: string;
}

async function put(context: WriteContext, { change, name }: Staged, staging: Staging): Promise<void> {
  const { project } = context;
  for (const [depth, folder] of missingFolders(project, change.path).entries()) {
    const folderName = `${name}-${depth}`;
    const addFolder = (to: Staging): void => to.addFolder(folderName);
    addFolder(staging);
    await moveTo(context, folder, { staging, name: folderName, add: addFolder });
  }
  const add = (beside: Staging): void => addCopy(beside, name, { change, project });
  await moveTo(context, change.path, { staging, name, add });
}

interface Move {
  readonly staging: Staging;
  readonly name: string;
  /** Stages the same once more, on another file system. */
  readonly add: (beside: Staging) => void;
}

async function moveTo(context: WriteContext, path: string, { staging, name, add }: Move): Promise<void> {
  const { project } = context;
  try {
    staging.move(name, needed(project.locate(path), path));
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (IN_THE_WAY.has(errno)) throw changedMeanwhile(path, 'something else is there now');
    if (errno !== 'EXDEV') throw error;
    // Another file system is mounted in the project: from a folder beside the place it is one step again.
    using parent = project.subtree(parentOf(path));
    await using beside = await makeStaging(context, needed(parent, path));
    add(beside);
    beside.move(name, `${needed(parent, path).path}/${basename(path)}`);
  }
}

/** rename(2): there is a folder where a file is to go, or the other way round. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST']);

/** The folders above a path that are not there, from above. */
const missingFolders = (tree: Tree, path: string): readonly string[] =>
  foldersOf(path).filter((folder) => tree.entry(folder) === undefined);

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function needed<Found>(located: Found | undefined, path: string): Found {
  if (located === undefined) throw changedMeanwhile(path, 'a parent is not a folder any more');
  return located;
}

function changedMeanwhile(path: string, why: string): BottleError {
  return new BottleError('wouldLoseWork', 'the project changed while changes were being applied', {
    details: [`${escapeText(path)}: ${escapeText(why)}`],
    fix: 'apply again: it goes on from there',
  });
}
