import { readdir, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { bootId } from '../../../host/system/boot.ts';
import { cacheDir } from '../../../host/paths.ts';
import { isUnderWay } from '../../image/exclusively.ts';
import { createHash } from 'node:crypto';

/** The cache of files that machines share, named by content and kept as long as they are in use. */

export const basesDir = (): string => join(cacheDir(), 'bases');
export const kernelsDir = (): string => join(cacheDir(), 'kernels');
export const savedDir = (): string => join(cacheDir(), 'saved');
export const initrdsDir = (): string => join(cacheDir(), 'initrds');

const STAGING = '.work';
/** Suffix of a file during its write (host/files.ts). */
const WRITING = '.tmp';
/** Name of the lock of the process that saves a machine. */
export const SAVING = 'saved-machine';

/** The folder in which a base or a kernel of this path is made, and the name of its maker's lock. Pure. */
export const stagingOf = (path: string): string => `${path}${STAGING}`;
export const lockOf = (path: string): string => basename(path);

/** Returns the path of the base or kernel that is made in this folder. Undefined where this is no such folder. Pure. */
export function partOfStaging(path: string): string | undefined {
  const isOfLocked = [basesDir(), kernelsDir()].includes(dirname(path));
  return isOfLocked && path.endsWith(STAGING) ? path.slice(0, -STAGING.length) : undefined;
}

const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/** Notes a use now, as the file's time. */
export async function noteUse(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // belongs to another user
}

/** Timeout in milliseconds, after which a write has finished or its process was killed. */
const MAKING_MS = 60 * 60 * 1000;

/**
 * Returns paths of files unused for a month, of incomplete files, and of machines saved since another boot of this
 * host.
 */
export async function unusedParts(): Promise<string[]> {
  const dirs = [basesDir(), kernelsDir(), initrdsDir(), savedDir()];
  const lists = dirs.map(async (dir) => (await readdir(dir).catch(() => [])).map((name) => join(dir, name)));
  const paths = (await Promise.all(lists)).flat();
  const saved = join(savedDir(), savedPrefix(await bootId()));
  const unused = await Promise.all(paths.map(async (path) => ((await isUnused(path, saved)) ? [path] : [])));
  return unused.flat();
}

async function isUnused(path: string, savedSinceBoot: string): Promise<boolean> {
  const part = partOfStaging(path);
  if (part !== undefined) return !(await isUnderWay(lockOf(part)));
  // A removal needs the lock of the process that saves a machine.
  if (dirname(path) === savedDir() && (await isUnderWay(SAVING))) return false;
  if (dirname(path) === savedDir() && path.endsWith(STAGING)) return true;
  const ageMs = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
  const isOfOtherBoot = dirname(path) === savedDir() && !path.startsWith(savedSinceBoot);
  return isOfOtherBoot || ageMs > (path.endsWith(WRITING) ? MAKING_MS : UNUSED_MS);
}

/** Properties of a saved machine. It resumes only where all of them are the same. */
export interface Likeness {
  /** This boot of the host. After another, the processor's microcode or the kernel may differ. */
  readonly bootId: string;
  /** The VMM's command line and requests, with a neutral ID in place of a bottle's. */
  readonly command: readonly string[];
  /** The VMM's program and the kernel: path, size in bytes and modification time in ms. */
  readonly programs: readonly (readonly [path: string, bytes: number, changedMs: number])[];
  /** Digests of the archive and the base disk. */
  readonly digests: readonly string[];
  /** Sizes of the other disks, in order. */
  readonly diskBytes: readonly number[];
}

/** Returns the name of the machine's folder in the cache. Pure. */
export function savedName(likeness: Likeness): string {
  const digest = createHash('sha256').update(JSON.stringify(likeness)).digest('hex');
  return `${savedPrefix(likeness.bootId)}${digest.slice(0, 24)}`;
}

/** Returns the prefix of the names of machines saved since this boot. Pure. */
export const savedPrefix = (bootId: string): string => `${bootId.slice(0, 8)}-`;
