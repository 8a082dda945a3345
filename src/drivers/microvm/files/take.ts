import { lstatSync, type Dirent, type Stats } from 'node:fs';
import { opendir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { note } from '../../../ui/print.ts';
import type { machinePaths } from './paths.ts';
import { WORK_BYTES } from './room.ts';
import { isAskedFor, isOfSandbox, tarName, type Turn } from './turn.ts';

/**
 * Takes files out of the folder that a machine's sandbox may write to. An attacker who has broken out of the machine
 * controls that folder while the machine runs: any file may be there and may change at any time. So this code opens no
 * file there.
 */

type Paths = Pick<ReturnType<typeof machinePaths>, 'dir' | 'outDir'>;

/**
 * Moves a tar to where no sandbox has access, and returns its path there once it has confirmed a regular file. Returns
 * undefined where there is none. Finds a tar that an earlier call has moved.
 */
export async function takeTar(
  { dir, outDir }: Paths,
  turn: Turn,
  number: number,
): Promise<string | undefined> {
  const name = tarName(turn, number);
  const path = join(dir, name);
  if (found(path) === undefined) await rename(join(outDir, name), path).catch(ignoreMissing);
  const stats = found(path);
  if (stats === undefined) return undefined;
  const fault = faultOf(stats);
  if (fault === undefined) return path;
  note(`${name}, which a machine’s sandbox has left, is not read: it is ${fault}`);
  await removeAlone(path);
  return undefined;
}

const found = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** Describes what the path is instead of a file of the attendant's. Undefined: no fault. */
function faultOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'no file';
  if (stats.nlink !== 1) return 'a file with other names';
  return stats.size > WORK_BYTES ? `${stats.size} bytes long` : undefined;
}

/** Removes the tars of earlier requests. After an interrupted `diff`, no other code removes them. */
export async function removeAskedFor({ dir, outDir }: Paths): Promise<void> {
  for (const folder of [dir, outDir]) {
    for await (const { name } of entriesOf(folder))
      if (isAskedFor(name)) await removeAlone(join(folder, name));
  }
}

/** Never descends: in a folder of a running sandbox, a name may lead elsewhere from one step to the next. */
async function removeAlone(path: string): Promise<void> {
  await unlink(path).catch(() => undefined); // a folder is removed with its bottle
}

const MOST_NAMED = 3;

/** Reports entries that our sandbox does not make. The bottle's removal removes them unread. */
export async function reportOthers({ outDir }: Paths): Promise<void> {
  const others: string[] = [];
  for await (const entry of entriesOf(outDir)) {
    const isKnown = isAskedFor(entry.name) || isOfSandbox(entry.name);
    if (!isKnown || !(entry.isFile() || entry.isSocket())) others.push(JSON.stringify(entry.name));
    if (others.length > MOST_NAMED) break;
  }
  if (others.length === 0) return;
  const names = others.slice(0, MOST_NAMED).join(', ') + (others.length > MOST_NAMED ? ' and more' : '');
  note(`a machine’s sandbox has left what is none of its own, which is removed unread: ${names}`);
}

/** Yields entries one by one, because all of them may not fit in memory. Yields none for a missing folder. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const entries = await opendir(folder).catch(ignoreMissing);
  if (entries !== undefined) yield* entries;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
