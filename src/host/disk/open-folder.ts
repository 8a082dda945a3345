import { constants, existsSync, openSync } from 'node:fs';

/**
 * Folders that are held open, so that a path below them cannot be led elsewhere while it is used: open each component by
 * its own name with O_NOFOLLOW. Node has no openat(2); on Linux `/proc/self/fd/N/name` is the same thing. Where there is
 * no /proc (macOS) the plain path is used, which leaves a gap between a check and the use of a path: docs/adr/0051.
 */

export const CAN_HOLD_OPEN = existsSync('/proc/self/fd');

/** O_PATH: opens a folder that one may pass through but not list; Node has no name for it. See open(2). */
export const PATH_ONLY = CAN_HOLD_OPEN ? 0o10000000 : 0;

/** To be closed, by its `fd`. */
export interface OpenFolder {
  readonly fd: number;
  /** A path that means this very folder, for as long as it is open. */
  readonly path: string;
}

/**
 * Opens a folder. With O_NOFOLLOW among the flags a link in its place is an error; links above it are followed.
 * @param flags more of open(2)
 * @throws Error with the errno of open(2)
 */
export function openFolder(path: string | Buffer, flags: number): OpenFolder {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
  return { fd, path: pathOfOpenFile(fd, String(path)) };
}

/** Another name for an open file, for calls that only take a path. */
export const pathOfOpenFile = (fd: number, plainPath: string): string =>
  CAN_HOLD_OPEN ? `/proc/self/fd/${fd}` : plainPath;
