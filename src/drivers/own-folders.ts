import { readFileSync, statfsSync } from 'node:fs';
import { parseMountTable } from '../host/disk/mount-table.ts';
import { readKernelFile } from '../host/system/kernel-file.ts';
import { resolveIn } from './most-files.ts';

/**
 * Whether the writable folders of a bottle are a tmpfs each, its own, and no larger than was asked for. The kernel says so: an
 * engine that takes a size may not have passed it on, and a folder of the host's at the same place looks the same from inside.
 */

/** How many bytes each may hold, by path in the bottle. */
export type FolderSizes = Readonly<Record<string, number>>;

export interface FolderReading {
  /** The text of /proc/PID/mountinfo: of the bottle's first process, and of this one. */
  readonly mounts: string;
  readonly hostMounts: string;
  readonly folders: readonly {
    /** As it was asked for, and where that leads in the bottle. */
    readonly guestPath: string;
    readonly mountPath: string;
    /** What its file system holds, statfs(2): 0 where that is not bounded, undefined where it cannot be read. */
    readonly sizeBytes: number | undefined;
  }[];
}

/** Reads it. `pid`: of the bottle's first process, as this host counts. Throws what node:fs throws where /proc is not to be read. */
export function readFolders(pid: number, guestPaths: readonly string[]): FolderReading {
  const root = `/proc/${pid}/root`;
  return {
    mounts: readKernelFile(`/proc/${pid}/mountinfo`) ?? '', // it has ended: nothing is confirmed then
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

/** The kernel rounds a size up to whole pages; the largest that Linux has. */
const PAGE_BYTES = 64 * 1024;

/** Everything that is not as it should be, a line for each. Pure. */
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
