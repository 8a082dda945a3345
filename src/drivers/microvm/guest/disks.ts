import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { cacheDir } from '../../../host/paths.ts';
import { runOrThrow } from '../../../host/run.ts';
import { exclusively } from '../../image/exclusively.ts';
import type { LongWork } from '../../image/long-run.ts';

/** Disks of a bottle's machine: a base that nobody writes to and all share, and one of its own for all that is written. */

const BASE_MS = 180_000;
const FORMAT_MS = 20_000;

const basesDir = (): string => join(cacheDir(), 'bases');

/**
 * The base made of a root file system's tar (erofs), found in the cache by the name of its content, or made.
 * @throws BottleError `dependencyMissing` where mkfs.erofs is not there, or fails
 */
export async function ensureBase(tarPath: string, key: string, work: LongWork): Promise<string> {
  const path = join(basesDir(), `${key}.erofs`);
  if (existsSync(path)) return path;
  await mkdir(basesDir(), { recursive: true });
  await exclusively(`${key}.erofs`, work, async () => {
    if (existsSync(path)) return;
    work.progress('making a disk of the image');
    const stagingPath = `${path}.work`;
    await rm(stagingPath, { force: true }); // of one that was ended
    const args = ['--quiet', '-zlz4', '--tar=f', stagingPath, tarPath];
    await runOrThrow('mkfs.erofs', args, { timeoutMs: BASE_MS, signal: work.signal });
    await rename(stagingPath, path);
  });
  return path;
}

/** Makes an empty disk of this size: a file with holes, which takes room as it is written to. @throws BottleError */
export async function makeScratch(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new BottleError('dependencyMissing', `no disk can be made at ${path}`, { cause });
  });
  await file.truncate(bytes);
  // No journal: nobody mounts it again after a crash. Nothing is written ahead of time.
  const options = ['-O', '^has_journal', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard'];
  await runOrThrow('mke2fs', ['-q', '-t', 'ext4', ...options, path], { timeoutMs: FORMAT_MS });
}
