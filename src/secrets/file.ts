import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { BottleError, reasonOf } from '../errors.ts';

const MOST_BYTES = 65_536;

/**
 * Reads a file that only the user can access.
 * @throws BottleError `manifest`: the file is unreadable, not a regular file, too long, or open to other users
 */
export async function readPrivateFile(hostPath: string): Promise<string> {
  // Without O_NONBLOCK, opening a pipe that has no writer blocks: open(2).
  const file = await open(hostPath, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new BottleError('manifest', `the file ${hostPath} cannot be read`, {
      details: [reasonOf(error)],
      fix: 'name a file that is there and that you may read',
    });
  });
  try {
    // Checks the open file: the path may lead to another file by now.
    const fault = faultOf(await file.stat(), hostPath);
    if (fault !== undefined) throw fault;
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function faultOf(stats: Stats, hostPath: string): BottleError | undefined {
  const fault = (what: string, fix: string): BottleError =>
    new BottleError('manifest', `the file ${hostPath} ${what}`, { fix });
  if (!stats.isFile()) return fault('is no ordinary file', 'name the file that holds the secret alone');
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    return fault(`is open to other users of this computer (mode ${mode})`, `chmod 600 ${hostPath}`);
  }
  return stats.size > MOST_BYTES
    ? fault('is too long for a secret', 'name the file that holds the secret alone')
    : undefined;
}
