import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic } from '../../../host/files.ts';
import { exclusively } from '../../image/exclusively.ts';
import type { LongWork } from '../../image/long-run.ts';
import { removeNotedContainer } from '../../image/noted-container.ts';
import { makeErofs } from './erofs.ts';
import { basesDir, lockOf, noteUse, stagingOf, partOfStaging, SAVING, savedDir } from './cache.ts';

/**
 * The read-only disk that all machines of one image share (erofs). The cache keeps it under the name of its content.
 */
export interface BaseDisk {
  readonly path: string;
  /** `sha256:...` of its bytes. */
  readonly digest: string;
}

/** Timeout in milliseconds: an image may have many gigabytes, and the host may be busy. */
const MAKE_MS = 900_000;

/** Returns the base disk of this key, if it was made before. */
export async function findBase(key: string): Promise<BaseDisk | undefined> {
  const path = basePath(key);
  const digest = await readTextIfThere(digestPath(path));
  if (digest === undefined || !existsSync(path)) return undefined;
  await Promise.all([path, digestPath(path)].map(noteUse));
  return { path, digest: digest.trim() };
}

const basePath = (key: string): string => join(basesDir(), `${key}.erofs`);
const digestPath = (path: string): string => `${path}.sha256`;

/** Returns the path of the image's files as a tar. May use `dir`, which is removed once the disk is made. */
export type TarOf = (work: LongWork, dir: string) => Promise<string>;

/**
 * Finds the base disk of this key, or makes it from a root file system's tar.
 * @throws BottleError `dependencyMissing` where it cannot be made; whatever `tarOf` throws; the signal's reason
 */
export async function ensureBase(key: string, work: LongWork, tarOf: TarOf): Promise<BaseDisk> {
  const found = await findBase(key);
  if (found !== undefined) return found;
  const path = basePath(key);
  await mkdir(basesDir(), { recursive: true });
  await exclusively(lockOf(path), work, async () => {
    if ((await findBase(key)) === undefined) await makeBase(path, work, tarOf);
  });
  const made = await findBase(key);
  if (made === undefined)
    throw new BottleError('dependencyMissing', `${path} was made, and is gone`, { fix: 'start again' });
  return made;
}

async function makeBase(path: string, work: LongWork, tarOf: TarOf): Promise<void> {
  const staging = stagingOf(path);
  await removeStaging(staging); // of an interrupted run
  await makePrivateDir(staging);
  try {
    const tarPath = await tarOf(work, staging);
    work.progress('making a disk of the image');
    const madePath = join(staging, 'disk');
    const disk = { tarPath, path: madePath, of: 'the image', options: ['-zlz4'] };
    await makeErofs(disk, { timeoutMs: MAKE_MS, signal: work.signal });
    await chmod(madePath, 0o644);
    const digest = await digestOf(madePath);
    await rename(madePath, path);
    await writeFileAtomic(digestPath(path), `${digest}\n`, 0o644);
  } finally {
    // gc finds what is left, and reports why it stays.
    await removeStaging(staging).catch(() => undefined);
  }
}

/** Removes the folder in which a base was made, and the container that an engine made for it. @throws BottleError */
async function removeStaging(dir: string): Promise<void> {
  await removeNotedContainer(dir);
  await removeTree(dir);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

/** Removes one of `unusedParts`, under the lock of its maker, which waits and starts anew. @throws BottleError */
export async function removePart(path: string): Promise<void> {
  const part = partOfStaging(path);
  const work = { progress: () => undefined, signal: new AbortController().signal };
  if (part !== undefined) return await exclusively(lockOf(part), work, async () => await removeStaging(path));
  const isOfSaving = dirname(path) === savedDir();
  await (isOfSaving ? exclusively(SAVING, work, async () => await removeTree(path)) : removeTree(path));
}
