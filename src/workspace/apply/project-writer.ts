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
import { Breather } from '../../host/together.ts';
import { removeTree } from '../../host/files.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { foldersOf, STAGING_PREFIX } from '../paths.ts';
import type { ProjectLook } from './project-state.ts';
import type { StagedChange } from '../diff/stage.ts';
import { Staging } from '../diff/staging.ts';
import type { Tree } from '../tree.ts';

/**
 * Writes changes into the project. First collects all of them in a staging folder there, so that a full disk shows
 * before anything changes. Then moves each into place in one step, and updates the base with it: a kill between two
 * steps leaves a project and a base that agree.
 */

export interface WriteContext {
  readonly bottleId: string;
  readonly project: Tree;
  readonly base: Tree;
  readonly look: ProjectLook;
}

/**
 * Writes the changes into the project and updates the base.
 * @throws BottleError `usage` if a folder is not writable, `wouldLoseWork` if the project changes meanwhile
 */
export async function writeChanges(context: WriteContext, changes: readonly StagedChange[]): Promise<void> {
  const { project } = context;
  // Also removes the staging folder of a killed apply.
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

/**
 * Updates the base, which later changes are compared with, to the project's new content. Moves the staged files away.
 */
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

/** A file that becomes a folder must be deleted before the folder's content arrives. */
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

/** Stages a copy of a change's file or link. An existing file keeps its permissions, except the executable bits. */
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

/** Grants execute permission to everyone with read permission. */
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
    return false; // the folder is not empty
  }
}

interface Staged {
  readonly change: StagedChange;
  /** Its name in the staging folder. */
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
  /** Stages the same entry again, on another file system. */
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
    // Another file system is mounted in the project. A move from a staging folder beside the target is one step again.
    using parent = project.subtree(parentOf(path));
    await using beside = await makeStaging(context, needed(parent, path));
    add(beside);
    beside.move(name, `${needed(parent, path).path}/${basename(path)}`);
  }
}

/** rename(2): a folder is in the place of a file, or a file in the place of a folder. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST']);

/** The missing folders above a path, topmost first. */
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
