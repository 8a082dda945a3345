import { createHash, randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { errnoOf } from '../../errors.ts';
import { identify, isRunning, type ProcessIdentity } from '../processes.ts';
import { readTextIfThere } from '../files.ts';

/**
 * Takes a lock: a file with its maker's identity in it, linked into place whole, so that there is no lock without an
 * owner. One whose owner is gone is taken over. Gives the release, or undefined when somebody else has it or is just
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

/** Whether somebody has the lock now. */
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
 * Removes a lock whose owner is gone. For each stale lock only one process may: the one that links a mark with the hash
 * of its content. A lock that somebody took meanwhile has other content, so it is never removed in the place of the stale.
 */
async function removeStale(own: string, path: string): Promise<boolean> {
  const found = await readTextIfThere(path);
  if (found === undefined) return true;
  if (isHeld(found)) return false;
  const mark = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await linked(own, mark))) {
    const other = await readTextIfThere(mark);
    if (other !== undefined && !isHeld(other)) await rm(mark, { force: true }); // killed here: the next try goes on
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
