import { chmodSync, closeSync, constants, fstatSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { pathOfOpenFile } from '../../host/disk/open-folder.ts';
import type { Tree } from '../tree.ts';

/** A reflink where the file system can, else the kernel's own copy: never a hard link, which both sides could write to. */
const CLONE = constants.COPYFILE_FICLONE;
const PERMISSIONS = 0o777;
/** Below this, reading and writing is faster: to clone a file that was just written, the kernel first writes it to disk. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Copies a regular file out of a tree to targets in folders that only we write to. Permissions come along, setuid and the
 * like do not. Gives the size in bytes; undefined where there is no such file.
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

/** Each copy is made of the one before, so that they cannot differ. */
async function cloneAll(source: string, targets: readonly string[]): Promise<void> {
  let previous = source;
  for (const target of targets) {
    await copyFile(previous, target, CLONE);
    previous = target;
  }
}
