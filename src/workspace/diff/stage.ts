import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { removeTree } from '../../host/files.ts';
import { tryLock } from '../../host/disk/lock.ts';
import { basePaths, checkBase, openWork, type WorkPlaces } from '../base.ts';
import { findChanges, type Change } from './changes.ts';
import { copyOut } from '../copy/copy-file.ts';
import { fileEntry, type Entry } from '../tree.ts';

/**
 * A copy of an agent's changes that the agent cannot reach. Diff and apply read from it, so that a change cannot differ
 * between the check and the use.
 */
export interface Stage {
  readonly path: string;
  readonly changes: readonly StagedChange[];
}

export interface StagedChange extends Change {
  /** Path of the staged copy of the file; undefined if the change leaves no file, or the file is too large. */
  readonly afterPath: string | undefined;
}

/**
 * Stages the changes while `use` runs; only one stage per bottle at a time.
 * @throws BottleError `usage` while another diff or apply of the same bottle runs
 */
export async function withStage<Result>(
  places: WorkPlaces,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const path = basePaths(places.basePath).stage;
  checkBase(places);
  const release = await tryLock(`${path}.lock`);
  if (release === undefined)
    throw new BottleError('usage', 'another diff or apply of this bottle is at work', {
      fix: 'try again when it is done',
    });
  try {
    await removeTree(path);
    return await use({ path, changes: await stageChanges(places, path) });
  } finally {
    await removeTree(path);
    await release();
  }
}

/** A sparse file costs the agent nothing, but its copy can fill the disk; so can many such files. */
export const MAX_STAGED_BYTES = 4 * 1024 ** 3;
const MAX_STAGED_IN_ALL_BYTES = 16 * 1024 ** 3;

/** Whether a file may be staged after `stagedBytes` bytes of other files. Pure. */
export const canBeStaged = (entry: Entry | undefined, stagedBytes: number): boolean =>
  entry?.kind === 'file' &&
  entry.size <= MAX_STAGED_BYTES &&
  stagedBytes + entry.size <= MAX_STAGED_IN_ALL_BYTES;

async function stageChanges(places: WorkPlaces, stagePath: string): Promise<StagedChange[]> {
  mkdirSync(join(stagePath, 'after'), { recursive: true, mode: 0o700 });
  using work = openWork(places);
  const staged: StagedChange[] = [];
  let stagedBytes = 0;
  // Finds all changes before it copies any: if there are too many, that shows first.
  const changes: Change[] = [];
  for await (const change of findChanges(places)) changes.push(change);
  for (const change of changes) {
    const afterPath = join(stagePath, 'after', String(staged.length));
    if (!canBeStaged(change.after, stagedBytes)) staged.push({ ...change, afterPath: undefined });
    else if ((await copyOut(work, change.path, [afterPath])) !== undefined) {
      const stats = statSync(afterPath);
      stagedBytes += stats.size;
      staged.push({ ...change, after: fileEntry(stats), afterPath });
    } else if (change.before !== undefined)
      staged.push({ ...change, after: undefined, afterPath: undefined });
  }
  return staged.sort((a, b) => (a.path < b.path ? -1 : 1));
}
