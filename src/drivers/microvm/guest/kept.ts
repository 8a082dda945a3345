import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../../host/paths.ts';

/** What machines share is kept by its content for as long as somebody uses it. */

export const basesDir = (): string => join(cacheDir(), 'bases');
export const kernelsDir = (): string => join(cacheDir(), 'kernels');

const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/** Notes that it is used now. */
export async function noteUse(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // another user's
}

/** Paths of what nobody has used for a month. */
export async function unusedParts(): Promise<string[]> {
  const dirs = [basesDir(), kernelsDir()];
  const lists = dirs.map(async (dir) => (await readdir(dir).catch(() => [])).map((name) => join(dir, name)));
  const paths = (await Promise.all(lists)).flat();
  const unused = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found !== undefined && Date.now() - found.mtimeMs > UNUSED_MS ? [path] : [];
    }),
  );
  return unused.flat();
}
