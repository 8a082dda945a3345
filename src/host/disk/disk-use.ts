import { statfs } from 'node:fs/promises';
import { run } from '../run.ts';

/** The disk space that a file tree uses, and the free space of its disk. */

export interface DiskUse {
  /** Blocks, not lengths: a hole takes nothing, and a hard link counts once. */
  readonly bytes: number;
  /** Files, folders and links; undefined where du(1) cannot count them (macOS, busybox). */
  readonly files: number | undefined;
  /** False: a folder could not be read, or du did not finish in time, so there may be more. */
  readonly isComplete: boolean;
}

export interface DiskRoom {
  readonly freeBytes: number;
  /** Files that can still be made; undefined where the file system has no bound. */
  readonly freeFiles: number | undefined;
}

const TIMEOUT_MS = 120_000;

/**
 * Measures a tree by du(1). It walks by open descriptors, so it also counts what lies deeper than PATH_MAX, and it does not leave the
 * file system. Files that were deleted but are still open are not in the tree: deleted-files.ts.
 */
export async function measureTree(path: string): Promise<DiskUse> {
  const [bytes, files] = await Promise.all([
    callDu(['-skx', '--', path]),
    callDu(['-sx', '--inodes', '--', path]),
  ]);
  return {
    bytes: (bytes.count ?? 0) * 1024,
    files: files.count,
    isComplete: bytes.count !== undefined && bytes.isComplete,
  };
}

async function callDu(
  args: readonly string[],
): Promise<{ readonly count: number | undefined; readonly isComplete: boolean }> {
  const { exitCode, stdout, stderr } = await run('du', args, { timeoutMs: TIMEOUT_MS, env: { LC_ALL: 'C' } });
  const count = /^(\d+)\s/.exec(stdout)?.[1];
  // A file that goes away meanwhile is an error, too, and hides nothing.
  const isComplete = exitCode === 0 || (exitCode === 1 && !/: Permission denied/.test(stderr));
  return { count: count === undefined ? undefined : Number(count), isComplete };
}

/** Free space for an ordinary user on the disk of this path: statfs(2). Throws when the path does not exist. */
export async function roomAt(path: string): Promise<DiskRoom> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { freeBytes: bavail * bsize, freeFiles: files === 0 ? undefined : ffree };
}
