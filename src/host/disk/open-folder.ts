import { constants, existsSync, openSync } from 'node:fs';

/**
 * Folders that are held open, so that nobody can redirect a path below them while it is used: opens each component by
 * its own name with O_NOFOLLOW. Node has no openat(2); on Linux `/proc/self/fd/N/name` does the same. Without /proc
 * (macOS) this uses the plain path, which leaves a gap between check and use of a path: docs/adr/0051.
 */

export const CAN_HOLD_OPEN = existsSync('/proc/self/fd');

/** O_PATH: opens a folder that may be traversed but not listed. Node has no constant for it. See open(2). */
export const PATH_ONLY = CAN_HOLD_OPEN ? 0o10000000 : 0;

/** An open folder. The caller closes `fd`. */
export interface OpenFolder {
  readonly fd: number;
  /** A path that refers to this folder as long as it is open. */
  readonly path: string;
}

/**
 * Opens a folder. O_NOFOLLOW in `flags` makes a link in its place an error; links above it are followed.
 * @param flags further flags of open(2)
 * @throws Error with the errno of open(2)
 */
export function openFolder(path: string | Buffer, flags: number): OpenFolder {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
  return { fd, path: pathOfOpenFile(fd, String(path)) };
}

/** Another name for an open file, for calls that only take a path. */
export const pathOfOpenFile = (fd: number, plainPath: string): string =>
  CAN_HOLD_OPEN ? `/proc/self/fd/${fd}` : plainPath;
