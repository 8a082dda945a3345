import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePrivateDir } from '../../host/files.ts';
import { isLocked, tryLock } from '../../host/disk/lock.ts';
import { cacheDir } from '../../host/paths.ts';
import type { LongWork } from './long-run.ts';

/** The folder for tars of default images, and for locks on work that other starts may do too. */
export const imageCacheDir = (): string => join(cacheDir(), 'images');

const POLL_MS = 200;

const lockPath = (name: string): string => join(imageCacheDir(), `${name}.lock`);

/** Whether a start of this user does the work of this name now. */
export const isUnderWay = async (name: string): Promise<boolean> => await isLocked(lockPath(name));

/**
 * Runs `body` while no other start of this user does the work of this name; reports when it must wait.
 * @throws the signal's reason when interrupted while it waits
 */
export async function exclusively<T>(name: string, work: LongWork, body: () => Promise<T>): Promise<T> {
  await makePrivateDir(imageCacheDir());
  const path = lockPath(name);
  let release = await tryLock(path);
  if (release === undefined) work.progress('another start is making what this one needs too: waiting for it');
  while (release === undefined) {
    await sleep(POLL_MS, undefined, { signal: work.signal }).catch(() => undefined);
    work.signal.throwIfAborted();
    release = await tryLock(path);
  }
  try {
    return await body();
  } finally {
    await release();
  }
}
