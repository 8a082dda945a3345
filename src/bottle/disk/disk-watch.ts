import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BottleSpec } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { mostFilesOf } from '../../drivers/most-files.ts';
import { deletedBytes } from '../../host/disk/deleted-files.ts';
import { measureTree, roomAt, type DiskRoom } from '../../host/disk/disk-use.ts';
import {
  isMeasureDue,
  overDisk,
  type BottleUse,
  type DiskAllowance,
  type DiskBounds,
  type DiskStart,
} from './disk-verdict.ts';

/**
 * Enforces `resources.disk` for an agent's writes to the host's disk. Without root and a dedicated file system, no
 * rung's kernel limits them. The bottle's owner therefore checks the disk at short intervals and ends an agent that has
 * written too much. The agent's work is kept.
 */

const LOOK_EVERY_MS = 100;

/**
 * The host folder that the agent writes to; undefined if there is none, as on a machine with a disk of that size. Pure.
 */
function writtenPath({ mounts, rung }: BottleSpec): string | undefined {
  if (!rung.traits.sharesFiles) return undefined;
  return mounts.find(({ readOnly, isSocket }) => !readOnly && isSocket !== true)?.hostPath;
}

/** Disk use of the folder before the agent runs; undefined if the agent can write to no folder. */
export async function diskStartOf(spec: BottleSpec): Promise<DiskStart | undefined> {
  const path = writtenPath(spec);
  if (path === undefined) return undefined;
  return { ...(await measureTree(path)), ...(await roomAt(path)) };
}

const boundsOf = ({ resources }: BottleSpec): DiskBounds => ({
  bytes: resources.diskBytes,
  files: mostFilesOf(resources.diskBytes, Number.MAX_SAFE_INTEGER),
});

/** Calls `over` with the reason and ends the agent, once it has written more than it may. */
export function watchDisk(
  spec: BottleSpec,
  start: DiskStart | undefined,
  over: (why: string) => void,
): { readonly stop: () => void } {
  const path = writtenPath(spec);
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async (path: string, start: DiskStart): Promise<void> => {
    const why = await untilOver({ spec, path, start, bounds: boundsOf(spec) }, signal);
    signal.throwIfAborted();
    // Before the stop: the bottle ends with its agent, and nothing asks for the reason afterwards.
    over(why);
    await driverOf(spec.rung).stop(spec, 0);
  };
  if (path !== undefined && start !== undefined) watch(path, start).catch(() => undefined); // the watch was stopped
  return { stop: () => stopping.abort() };
}

interface Watched extends DiskAllowance {
  readonly spec: BottleSpec;
  readonly path: string;
}

/** Resolves with the reason. @throws when the watch is stopped */
async function untilOver({ spec, path, ...allowance }: Watched, signal: AbortSignal): Promise<string> {
  const { start } = allowance;
  let last = { use: start as BottleUse, room: start as DiskRoom, atMs: performance.now(), tookMs: 0 };
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false });
    // A folder that no longer exists takes no space.
    const room = await roomAt(path).catch(() => undefined);
    if (room === undefined) continue;
    if (isMeasureDue(allowance, { ...last, agoMs: performance.now() - last.atMs }, room)) {
      const beganMs = performance.now();
      const use = await measureUse(spec, path);
      last = { use, room, atMs: performance.now(), tookMs: performance.now() - beganMs };
    }
    const why = overDisk(allowance, { use: last.use, room });
    if (why !== undefined) return why;
  }
}

/**
 * Measures the tree and the deleted files that the bottle's processes hold open. Deleted files first: a file deleted
 * in between must not count twice.
 */
async function measureUse(spec: BottleSpec, path: string): Promise<BottleUse> {
  // If the engine does not answer, the tree and the free space (FLOOR_BYTES) still limit the bottle.
  const hidden = await heldBytes(spec, path).catch(() => 0);
  const tree = await measureTree(path);
  return { ...tree, bytes: tree.bytes + hidden, deletedBytes: hidden };
}

async function heldBytes(spec: BottleSpec, path: string): Promise<number> {
  const firstPid = await driverOf(spec.rung).firstPid?.(spec);
  return firstPid === undefined ? 0 : await deletedBytes(firstPid, path);
}
