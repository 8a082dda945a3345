import { statfs } from 'node:fs/promises';
import { run } from '../run.ts';

/** The disk space that a file tree uses, and the free space of its disk. */

export interface DiskUse {
  /** Counts blocks, not lengths: a hole takes no space, and a hard link counts once. */
  readonly bytes: number;
  /** Files, folders and links; undefined if du(1) cannot count them (macOS, busybox). */
  readonly files: number | undefined;
  /** False if a folder could not be read, or du did not finish in time: the tree may use more. */
  readonly isComplete: boolean;
}

export interface DiskRoom {
  readonly freeBytes: number;
  /** Number of files that can still be created; undefined if the file system has no limit. */
  readonly freeFiles: number | undefined;
}

const TIMEOUT_MS = 120_000;

/**
 * Measures a tree with du(1). It walks by open descriptors, so it also counts content deeper than PATH_MAX, and it
 * stays on the file system. Deleted files that are still open are not in the tree: deleted-files.ts.
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
  // A file that disappears during the walk is an error too, but hides nothing.
  const isComplete = exitCode === 0 || (exitCode === 1 && !/: Permission denied/.test(stderr));
  return { count: count === undefined ? undefined : Number(count), isComplete };
}

/** Free space for an ordinary user on the disk of this path: statfs(2). @throws Error if the path does not exist */
export async function roomAt(path: string): Promise<DiskRoom> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { freeBytes: bavail * bsize, freeFiles: files === 0 ? undefined : ffree };
}
