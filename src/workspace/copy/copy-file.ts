import { chmodSync, closeSync, constants, fstatSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { pathOfOpenFile } from '../../host/disk/open-folder.ts';
import type { Tree } from '../tree.ts';

/**
 * A reflink if the file system supports it, else the kernel's copy. Never a hard link: both sides could write to it.
 */
const CLONE = constants.COPYFILE_FICLONE;
const PERMISSIONS = 0o777;
/** Below this size, read and write is faster: before the kernel clones a freshly written file, it writes it to disk. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Copies a regular file out of a tree to targets in folders that only we write to. Copies the permissions, but not
 * setuid and the like. Returns the size in bytes, or undefined if there is no such file.
 */
export async function copyOut(
  tree: Tree,
  path: string,
  targets: readonly string[],
): Promise<number | undefined> {
  const located = tree.locate(path);
  const fd = located === undefined ? undefined : tree.openFile(path);
  if (located === undefined || fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (stats.size < LARGE_BYTES) writeAll(readFileSync(fd), targets);
    else await cloneAll(pathOfOpenFile(fd, located), targets);
    for (const target of targets) chmodSync(target, stats.mode & PERMISSIONS);
    return stats.size;
  } finally {
    closeSync(fd);
  }
}

function writeAll(content: Buffer, targets: readonly string[]): void {
  for (const target of targets) writeFileSync(target, content);
}

/** Copies each target from the one before, so that they cannot differ. */
async function cloneAll(source: string, targets: readonly string[]): Promise<void> {
  let previous = source;
  for (const target of targets) {
    await copyFile(previous, target, CLONE);
    previous = target;
  }
}
