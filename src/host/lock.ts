import { open, rm } from 'node:fs/promises';
import { identify, isRunning, type ProcessIdentity } from './processes.ts';
import { readTextIfThere } from './files.ts';

/**
 * Takes a lock: a file that only one process can make, with its maker's identity in it. A lock whose maker is gone is
 * taken over. Gives the release, or undefined when another running process holds it.
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('/proc does not show this process');
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(JSON.stringify(self));
      await file.close();
      return async () => await rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (!(await isStale(path))) return undefined;
    await rm(path, { force: true });
  }
  return undefined;
}

async function isStale(path: string): Promise<boolean> {
  const text = await readTextIfThere(path);
  if (text === undefined) return true;
  try {
    return !isRunning(JSON.parse(text) as ProcessIdentity);
  } catch {
    return false; // being written at this moment
  }
}
