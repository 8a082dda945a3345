import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { runOrThrow } from '../../../host/run.ts';
import { exclusively } from '../../image/exclusively.ts';
import type { LongWork } from '../../image/long-run.ts';
import { basesDir, noteUse } from './kept.ts';

/** Disks of a bottle's machine: a base that nobody writes to and all share, and one of its own for all that is written. */

const BASE_MS = 180_000;
const FORMAT_MS = 20_000;

/** A disk that all machines of one image share. */
export interface BaseDisk {
  readonly path: string;
  /** `sha256:...` of its bytes. */
  readonly digest: string;
}

/** That of this name, where it was made before. */
export async function findBase(key: string): Promise<BaseDisk | undefined> {
  const path = basePath(key);
  const digest = await readTextIfThere(digestPath(path));
  if (digest === undefined || !existsSync(path)) return undefined;
  await Promise.all([path, digestPath(path)].map(noteUse));
  return { path, digest: digest.trim() };
}

const basePath = (key: string): string => join(basesDir(), `${key}.erofs`);
const digestPath = (path: string): string => `${path}.sha256`;

/**
 * The base made of a root file system's tar (erofs), found in the cache by the name of its content, or made.
 * @throws BottleError `dependencyMissing` where mkfs.erofs is not there, or fails
 */
export async function ensureBase(
  key: string,
  work: LongWork,
  tarOf: (work: LongWork) => Promise<string>,
): Promise<BaseDisk> {
  const found = await findBase(key);
  if (found !== undefined) return found;
  const path = basePath(key);
  await mkdir(basesDir(), { recursive: true });
  await exclusively(`${key}.erofs`, work, async () => {
    if ((await findBase(key)) !== undefined) return;
    const tarPath = await tarOf(work);
    work.progress('making a disk of the image');
    const stagingPath = `${path}.work`;
    await rm(stagingPath, { force: true }); // of one that was ended
    const args = ['--quiet', '-zlz4', '--tar=f', stagingPath, tarPath];
    await runOrThrow('mkfs.erofs', args, { timeoutMs: BASE_MS, signal: work.signal });
    const digest = await digestOf(stagingPath);
    await rename(stagingPath, path);
    await writeFileAtomic(digestPath(path), `${digest}\n`, 0o644);
  });
  const made = await findBase(key);
  if (made === undefined) throw new Error(`${path} is gone`);
  return made;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Makes an empty disk with room for so much: a file with holes, which takes room as it is written to. `diskBytes`: its size, where
 * that is more. @throws BottleError
 */
export async function makeScratch(path: string, bytes: number, diskBytes = bytes): Promise<void> {
  await using file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new BottleError('dependencyMissing', `no disk can be made at ${path}`, { cause });
  });
  await file.truncate(diskBytes);
  // No journal: nobody mounts it again after a crash. Nothing is written ahead of time.
  const options = ['-O', '^has_journal', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard'];
  await runOrThrow('mke2fs', ['-q', '-t', 'ext4', ...options, path, `${Math.floor(bytes / 1024)}k`], {
    timeoutMs: FORMAT_MS,
  });
}
