import { existsSync } from 'node:fs';
import { BottleError } from '../../errors.ts';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A path to a socket that connect(2) takes: by its open folder, as an address has 107 bytes at most (unix(7)), and a state folder's path may
 * be longer. Where there is no /proc, the plain one. @throws BottleError `dependencyMissing` where that is too long
 */
export function socketPathIn({ fd }: FileHandle, dir: string, name: string): string {
  if (existsSync('/proc/self/fd')) return `/proc/self/fd/${fd}/${name}`;
  const path = join(dir, name);
  if (Buffer.byteLength(path) <= MAX_BYTES) return path;
  throw new BottleError('dependencyMissing', `the path to a socket is longer than this host takes: ${path}`, {
    fix: 'have a shorter state folder: XDG_STATE_HOME',
  });
}

/** sockaddr_un of macOS has room for 104, the last of which is zero. A longer one would be cut short, and be another's. */
const MAX_BYTES = 103;
