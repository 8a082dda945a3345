import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { pid as ownPid } from 'node:process';
import { readKernelFile } from '../system/kernel-file.ts';
import { PROC } from '../process/process-table.ts';

/** Files that were deleted while a process of a bottle has them open or mapped: they use space but are in no tree. */

/** Number of simultaneous calls to the kernel. */
const AT_ONCE = 64;

/**
 * The bytes (in blocks, each file once) of the deleted files on the file system of `path` that the processes around
 * this one hold: proc(5). Does not count files that this user may not inspect, nor descriptors in transit in a socket;
 * for mapped files that are not open anywhere, the kernel requires CAP_CHECKPOINT_RESTORE. 0 on a host without /proc.
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

/** Links in /proc to each file that this process has open, or has mapped and that is deleted. */
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

/** The address ranges of deleted files in the text of /proc/PID/maps, as /proc/PID/map_files names them. Pure. */
export const deletedRangesIn = (maps: string): readonly string[] =>
  [...maps.matchAll(/^0*([0-9a-f]+)-0*([0-9a-f]+) .* \(deleted\)$/gm)].map(([, from, to]) => `${from}-${to}`);

/** The processes in the PID namespace of `firstPid`, unless it is this process's own, and all their descendants. */
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

/** The fourth field of /proc/PID/stat; the second is in brackets and may contain brackets itself. */
function parentOf(pid: number): number {
  const line = readKernelFile(`/proc/${pid}/stat`) ?? '';
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** The process itself belongs to the bottle. */
  readonly isThere: boolean;
}

/** The processes of the bottle and all their descendants. Pure. */
export function withDescendants(rows: readonly ProcessRow[]): readonly number[] {
  const found = new Set(rows.filter(({ isThere }) => isThere).map(({ pid }) => pid));
  // Iteration over a set includes elements that are added meanwhile.
  for (const pid of found) for (const row of rows) if (row.parent === pid) found.add(row.pid);
  return [...found];
}
