import { lstatSync, type Dirent, type Stats } from 'node:fs';
import { opendir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { note } from '../../../ui/print.ts';
import type { machinePaths } from './paths.ts';
import { WORK_BYTES } from './room.ts';
import { isAskedFor, isOfSandbox, tarName, type Turn } from './turn.ts';

/**
 * The folder that a machine's sandbox may write to is whoever has broken out of the machine's, while it runs: anything may lie
 * there, and become something else at any time. So nothing is opened there.
 */

type Paths = Pick<ReturnType<typeof machinePaths>, 'dir' | 'outDir'>;

/**
 * Moves a tar to where no sandbox comes, and gives its path there once it is seen to be one. Undefined: there is none. What was
 * moved before is found again.
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

/** What it is instead of a file of the attendant's. */
function faultOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'no file';
  if (stats.nlink !== 1) return 'a file with other names';
  return stats.size > WORK_BYTES ? `${stats.size} bytes long` : undefined;
}

/** Removes what was asked for before: of a `diff` that was ended, nobody else does. */
export async function removeAskedFor({ dir, outDir }: Paths): Promise<void> {
  for (const folder of [dir, outDir]) {
    for await (const { name } of entriesOf(folder))
      if (isAskedFor(name)) await removeAlone(join(folder, name));
  }
}

/** Never what lies below: in a folder of a sandbox that runs, a name may lead elsewhere from one step to the next. */
async function removeAlone(path: string): Promise<void> {
  await unlink(path).catch(() => undefined); // a folder goes with all of its bottle
}

const MOST_NAMED = 3;

/** Says so where there is what no sandbox of ours puts there; it is removed with the bottle, unread. */
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

/** One after the other: there may be more than fit in memory. None of a folder that is gone. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const entries = await opendir(folder).catch(ignoreMissing);
  if (entries !== undefined) yield* entries;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
