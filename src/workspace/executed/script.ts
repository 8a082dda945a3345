import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** What the user's own scripts say, read and never run. */

const MAX_READ_BYTES = 256 * 1024;

/** What a script says, but for its comments. */
export const scriptAt = (path: string): string => beginningOf(path).replaceAll(/^\s*#(?!!).*$/gm, '');

/** Of a file; nothing of what is none, or cannot be read. */
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
