import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { pid as ownPid } from 'node:process';
import { readKernelFile } from '../system/kernel-file.ts';
import { PROC } from '../process/process-table.ts';

/** Files that were deleted while a process of a bottle still has them open or mapped: they take room, and no tree shows them. */

/** So many questions to the kernel are under way at once. */
const AT_ONCE = 64;

/**
 * How many bytes the deleted files take that the processes around this one hold, on the file system of `path`: by blocks, each file once.
 * proc(5). What this user may not look at counts as nothing, and so do descriptors that are under way in a socket; for mapped files
 * that are open nowhere the kernel asks for CAP_CHECKPOINT_RESTORE. 0 where there is no /proc.
 */
export async function deletedBytes(firstPid: number, path: string): Promise<number> {
  const { dev } = await stat(path, { bigint: true });
  const found = new Map<bigint, bigint>();
  for (const pid of await processesAround(firstPid)) {
    const held = await heldBy(pid);
    for (let from = 0; from < held.length; from += AT_ONCE) {
      const looks = held.slice(from, from + AT_ONCE).map(async (one) => await stat(one, { bigint: true }));
      for (const look of await Promise.allSettled(looks)) {
        if (look.status === 'rejected' || look.value.dev !== dev || look.value.nlink !== 0n) continue;
        if (look.value.isFile()) found.set(look.value.ino, look.value.blocks);
      }
    }
  }
  return [...found.values()].reduce((sum, blocks) => sum + Number(blocks) * 512, 0);
}

/** Links of /proc that lead to each file which this process has open, or has mapped after it was deleted. */
async function heldBy(pid: number): Promise<readonly string[]> {
  const dir = `/proc/${pid}`;
  const [descriptors, maps] = await Promise.all([
    readdir(`${dir}/fd`).catch(() => []),
    readFile(`${dir}/maps`, 'latin1').catch(() => ''),
  ]);
  return [
    ...descriptors.map((name) => `${dir}/fd/${name}`),
    ...deletedRangesIn(maps).map((range) => `${dir}/map_files/${range}`),
  ];
}

/** The address ranges of deleted files in the text of /proc/PID/maps, by their names in /proc/PID/map_files. Pure. */
export const deletedRangesIn = (maps: string): readonly string[] =>
  [...maps.matchAll(/^0*([0-9a-f]+)-0*([0-9a-f]+) .* \(deleted\)$/gm)].map(([, from, to]) => `${from}-${to}`);

/** Those in the PID namespace of this one, unless it is also ours, and those that they have started. */
async function processesAround(firstPid: number): Promise<readonly number[]> {
  const namespaceOf = async (pid: number): Promise<string | undefined> =>
    await readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
  const [own, theirs] = await Promise.all([namespaceOf(ownPid), namespaceOf(firstPid)]);
  if (theirs === undefined) return [];
  const rows = await Promise.all(
    PROC.pids().map(async (pid) => ({
      pid,
      parent: parentOf(pid),
      isThere: pid === firstPid || (theirs !== own && (await namespaceOf(pid)) === theirs),
    })),
  );
  return withDescendants(rows);
}

/** The fourth field of /proc/PID/stat; the second is in brackets and may hold brackets itself. */
function parentOf(pid: number): number {
  const line = readKernelFile(`/proc/${pid}/stat`) ?? '';
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** It belongs to the bottle by itself. */
  readonly isThere: boolean;
}

/** Those that are there, and all that descend from them. Pure. */
export function withDescendants(rows: readonly ProcessRow[]): readonly number[] {
  const found = new Set(rows.filter(({ isThere }) => isThere).map(({ pid }) => pid));
  // A set shows what is added while it is walked.
  for (const pid of found) for (const row of rows) if (row.parent === pid) found.add(row.pid);
  return [...found];
}
