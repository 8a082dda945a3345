import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Reads the user's scripts and never runs them. */

const MAX_READ_BYTES = 256 * 1024;

/** Returns the text of a script without comment lines, except `#!`. */
export const scriptAt = (path: string): string => beginningOf(path).replaceAll(/^\s*#(?!!).*$/gm, '');

/** Returns the first 256 KiB of a file; empty if it is not a regular file or is unreadable. */
export function beginningOf(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return '';
      const bytes = Buffer.alloc(MAX_READ_BYTES);
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
