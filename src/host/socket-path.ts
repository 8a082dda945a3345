import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A path to a socket that connect(2) takes: by its open folder, as an address has 107 bytes at most (unix(7)), and a state folder's path may
 * be longer. Where there is no /proc, the plain one, which a driver has looked at before.
 */
export const socketPathIn = ({ fd }: FileHandle, dir: string, name: string): string =>
  existsSync('/proc/self/fd') ? `/proc/self/fd/${fd}/${name}` : join(dir, name);
