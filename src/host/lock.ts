import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { identify, isRunning, type ProcessIdentity } from './processes.ts';
import { readTextIfThere } from './files.ts';

/**
 * Takes a lock: a file with its maker's identity in it, linked into place whole, so that there is no lock without an
 * owner. One whose owner is gone is taken over. Gives the release, or undefined when a running process holds it.
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(own, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
  try {
    if (!(await linked(own, path))) {
      const found = await readTextIfThere(path);
      if (found !== undefined && (isHeld(found) || !(await setAside(path, found)))) return undefined;
      if (!(await linked(own, path))) return undefined;
    }
    return async () => await rm(path, { force: true });
  } finally {
    await rm(own, { force: true });
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

const isHeld = (text: string): boolean => isRunning(JSON.parse(text) as ProcessIdentity);

/** Moves a stale lock away. Another may have done so first and hold the lock by now: then it is put back. */
async function setAside(path: string, stale: string): Promise<boolean> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return true; // it is gone: whoever links first has it
  }
  try {
    if ((await readFile(aside, 'utf8')) === stale) return true;
    await linked(aside, path);
    return false;
  } finally {
    await rm(aside, { force: true });
  }
}
