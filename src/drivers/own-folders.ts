import { readFileSync, statfsSync } from 'node:fs';
import { parseMountTable } from '../host/disk/mount-table.ts';
import { readKernelFile } from '../host/system/kernel-file.ts';
import { resolveIn } from './most-files.ts';

/**
 * Checks that each writable folder of a bottle is a separate tmpfs, no larger than planned. Reads this from the kernel:
 * an engine that accepts a size may not have applied it, and from inside, a folder of the host at the same path looks
 * the same.
 */

/** The largest number of bytes in each folder, by path in the bottle. */
export type FolderSizes = Readonly<Record<string, number>>;

export interface FolderReading {
  /** The text of /proc/PID/mountinfo of the bottle's first process, and of this one. */
  readonly mounts: string;
  readonly hostMounts: string;
  readonly folders: readonly {
    /** The planned path, and the path that it resolves to in the bottle. */
    readonly guestPath: string;
    readonly mountPath: string;
    /** The size of its file system, statfs(2): 0 if unbounded, undefined if it cannot be read. */
    readonly sizeBytes: number | undefined;
  }[];
}

/**
 * Reads the folders. `pid`: the host's pid of the bottle's first process. Throws the error of node:fs if /proc cannot
 * be read.
 */
export function readFolders(pid: number, guestPaths: readonly string[]): FolderReading {
  const root = `/proc/${pid}/root`;
  return {
    mounts: readKernelFile(`/proc/${pid}/mountinfo`) ?? '', // the process has ended: nothing is confirmed
    hostMounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    folders: guestPaths.map((guestPath) => {
      const mountPath = resolveIn(root, guestPath);
      return { guestPath, mountPath, sizeBytes: sizeOf(root + mountPath) };
    }),
  };
}

function sizeOf(hostPath: string): number | undefined {
  try {
    const { blocks, bsize } = statfsSync(hostPath);
    return blocks * bsize;
  } catch {
    return undefined;
  }
}

/** The kernel rounds a size up to whole pages; this is the largest page size of Linux. */
const PAGE_BYTES = 64 * 1024;

/** All differences from the planned sizes, one line each. Pure. */
export function folderFaults(reading: FolderReading, sizes: FolderSizes): readonly string[] {
  const seen = new Map(parseMountTable(reading.mounts).map((mount) => [mount.path, mount]));
  const ofHost = new Set(parseMountTable(reading.hostMounts).map(({ device }) => device));
  return Object.entries(sizes).flatMap(([guestPath, most]) => {
    const folder = reading.folders.find((one) => one.guestPath === guestPath);
    const mount = seen.get(folder?.mountPath ?? guestPath);
    if (mount?.type !== 'tmpfs') return [`${guestPath} is no tmpfs: ${mount?.type ?? 'no mount'}`];
    if (ofHost.has(mount.device)) return [`${guestPath} is a folder of the host's`];
    const bytes = folder?.sizeBytes ?? 0;
    if (bytes > 0 && bytes < most + PAGE_BYTES) return [];
    return [`${guestPath} may hold other than ${most} bytes: ${bytes === 0 ? 'any number' : bytes}`];
  });
}
