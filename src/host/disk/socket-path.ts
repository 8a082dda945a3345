import { existsSync } from 'node:fs';
import { BottleError } from '../../errors.ts';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A path to a socket for connect(2), by its open folder: an address has at most 107 bytes (unix(7)), and the state
 * folder's path may be longer. Without /proc, the plain path.
 * @throws BottleError `dependencyMissing` if that is too long
 */
export function socketPathIn({ fd }: FileHandle, dir: string, name: string): string {
  if (existsSync('/proc/self/fd')) return `/proc/self/fd/${fd}/${name}`;
  const path = join(dir, name);
  if (Buffer.byteLength(path) <= MAX_BYTES) return path;
  throw new BottleError('dependencyMissing', `the path to a socket is longer than this host takes: ${path}`, {
    fix: 'have a shorter state folder: XDG_STATE_HOME',
  });
}

/**
 * sockaddr_un of macOS has room for 104 bytes, the last one zero. A longer path would be cut and name another socket.
 */
const MAX_BYTES = 103;
