import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Calls `speak` with a short path of a socket in this folder. unix(7) allows 107 bytes, and a bottle's folder may have
 * a longer path (proc_pid_fd(5)).
 */
export async function bySocket<T>(
  dir: string,
  name: string,
  speak: (socketPath: string) => Promise<T>,
): Promise<T> {
  await using folder = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return await speak(`/proc/self/fd/${folder.fd}/${name}`);
}
