import { readdir, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from '../../../host/paths.ts';
import { isUnderWay } from '../../image/exclusively.ts';

/** What machines share is kept by its content for as long as somebody uses it. */

export const basesDir = (): string => join(cacheDir(), 'bases');
export const kernelsDir = (): string => join(cacheDir(), 'kernels');

const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

const STAGING = '.work';

/** The folder in which a part of this path is made, and the lock of who makes it. Pure. */
export const stagingOf = (path: string): string => `${path}${STAGING}`;
export const lockOf = (path: string): string => basename(path);

/** The path of the part that is made in this folder; undefined where it is no such folder. Pure. */
export const partOfStaging = (path: string): string | undefined =>
  path.endsWith(STAGING) ? path.slice(0, -STAGING.length) : undefined;

/** Notes that it is used now. */
export async function noteUse(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // another user's
}

/** Paths of what nobody has used for a month, and of what was left half-made. */
export async function unusedParts(): Promise<string[]> {
  const dirs = [basesDir(), kernelsDir()];
  const lists = dirs.map(async (dir) => (await readdir(dir).catch(() => [])).map((name) => join(dir, name)));
  const paths = (await Promise.all(lists)).flat();
  const unused = await Promise.all(paths.map(async (path) => ((await isUnused(path)) ? [path] : [])));
  return unused.flat();
}

async function isUnused(path: string): Promise<boolean> {
  const part = partOfStaging(path);
  if (part !== undefined) return !(await isUnderWay(lockOf(part)));
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > UNUSED_MS;
}
