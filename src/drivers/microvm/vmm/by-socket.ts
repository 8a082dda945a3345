import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Speaks on a socket in this folder, by a path that is short enough for one: unix(7) has 107 bytes, and a bottle's folder may lie
 * deep (proc_pid_fd(5)).
 */
export async function bySocket<T>(
  dir: string,
  name: string,
  speak: (socketPath: string) => Promise<T>,
): Promise<T> {
  await using folder = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return await speak(`/proc/self/fd/${folder.fd}/${name}`);
}
