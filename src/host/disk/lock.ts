import { createHash, randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { errnoOf } from '../../errors.ts';
import { identify, isRunning, type ProcessIdentity } from '../processes.ts';
import { readTextIfThere } from '../files.ts';

/**
 * Takes a lock: a file with its maker's identity, linked into place complete, so that no lock lacks an owner. Takes
 * over a lock whose owner is gone. Returns the release function, or undefined if another process holds the lock or is
 * taking it over.
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const nonce = randomBytes(6).toString('hex');
  const own = `${path}.${nonce}`;
  try {
    await writeFile(own, JSON.stringify({ ...identify(process.pid), nonce }), { flag: 'wx', mode: 0o600 });
    const taken = (await linked(own, path)) || ((await removeStale(own, path)) && (await linked(own, path)));
    return taken ? async () => await rm(path, { force: true }) : undefined;
  } finally {
    await rm(own, { force: true });
  }
}

/** Whether a running process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const found = await readTextIfThere(path);
  return found !== undefined && isHeld(found);
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock whose owner is gone. Only one process may remove a given stale lock: the one that links a mark named
 * by the hash of its content. A lock taken in the meantime has other content, so it is never removed instead.
 */
async function removeStale(own: string, path: string): Promise<boolean> {
  const found = await readTextIfThere(path);
  if (found === undefined) return true;
  if (isHeld(found)) return false;
  const mark = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await linked(own, mark))) {
    const other = await readTextIfThere(mark);
    if (other !== undefined && !isHeld(other)) await rm(mark, { force: true }); // killed here: the next try continues
    return false;
  }
  try {
    if ((await readTextIfThere(path)) === found) await rm(path, { force: true });
    return true;
  } finally {
    await rm(mark, { force: true });
  }
}

const isHeld = (text: string): boolean => isRunning(JSON.parse(text) as ProcessIdentity);
