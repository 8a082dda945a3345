import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, linesOf, reasonOf } from '../../../../errors.ts';
import { downloadEnvironment } from '../../../../host/env.ts';
import { readTextIfThere, removeTree, writeFileAtomic } from '../../../../host/files.ts';
import { runOrThrow } from '../../../../host/run.ts';
import { exclusively } from '../../../image/exclusively.ts';
import type { LongWork } from '../../../image/long-run.ts';
import { kernelsDir, lockOf, noteUse, stagingOf } from '../cache.ts';
import { MADE_OF, makeKernel, modulesIn, readKernel, type GuestKernel } from './make-kernel.ts';
import { NEWER_KERNEL } from './decompress.ts';

/** The distribution's package for virtual machines, unpacked into the cache, never installed. */

/** The metapackage of the newest kernel for virtual machines, by `process.arch`. */
const PACKAGES: Readonly<Record<string, string>> = {
  x64: 'linux-image-cloud-amd64',
  arm64: 'linux-image-cloud-arm64',
};

const PACKAGE_PREFIX = 'linux-image-';
const IMAGE_PREFIX = 'vmlinuz-';
const DOWNLOAD_MS = 300_000;
const UNPACK_MS = 120_000;

/**
 * Finds the kernel in the cache, or has apt download the package (35 MB) and unpacks it. On failure, returns a kernel
 * fetched earlier.
 * @throws BottleError `dependencyMissing` where this host cannot have any: says what is needed
 */
export async function ensureDistributionKernel(work: LongWork): Promise<GuestKernel> {
  const dir = await newestKernel(work).catch(async (error: unknown) => await kernelInstead(error, work));
  await noteUse(dir);
  return await readKernel(dir);
}

async function newestKernel(work: LongWork): Promise<string> {
  const known = await keptName();
  if (known !== undefined) return dirOf(known);
  const name = await newestPackage();
  const dir = dirOf(name);
  await mkdir(kernelsDir(), { recursive: true });
  if (!existsSync(dir))
    await exclusively(lockOf(dir), work, async () => {
      if (!existsSync(dir)) await fetchKernel(name, dir, work);
    });
  await keepName(name);
  return dir;
}

/**
 * Returns the folder of a kernel fetched earlier.
 * @throws `error`, which says why the newest is not available, where there is none
 */
async function kernelInstead(error: unknown, work: LongWork): Promise<string> {
  const isExpected = error instanceof BottleError && !work.signal.aborted;
  const before = isExpected ? await lastUsed() : undefined;
  if (before === undefined) {
    // The earlier answer of apt is of no use. Ask apt again next time.
    await rm(newestPath(), { force: true });
    work.signal.throwIfAborted();
    throw error;
  }
  work.progress(`the newest kernel cannot be had now (${reasonOf(error)}): ${before} it is`);
  // Use the earlier kernel for a day, so that the next start does not wait for the same failure.
  await keepName(before).catch(() => undefined);
  return dirOf(before);
}

const MADE = `-${MADE_OF}`;
const dirOf = (name: string): string => join(kernelsDir(), `${name}${MADE}`);

/** Returns the most recently used package in the cache. */
async function lastUsed(): Promise<string | undefined> {
  const names = (await readdir(kernelsDir()).catch(() => [])).flatMap((entry) =>
    entry.startsWith(PACKAGE_PREFIX) && entry.endsWith(MADE) ? entry.slice(0, -MADE.length) : [],
  );
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      usedMs: (await stat(dirOf(name)).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  return dated.toSorted((one, other) => other.usedMs - one.usedMs)[0]?.name;
}

/** apt takes a second to name the newest package. The cache keeps that answer for a day, once that kernel is there. */
const A_DAY_MS = 24 * 60 * 60 * 1000;
const newestPath = (): string => join(kernelsDir(), 'newest.txt');

const keepName = async (name: string): Promise<void> => await writeFileAtomic(newestPath(), name, 0o644);

/**
 * Returns the newest package, if apt named it within a day and its kernel is in the cache. A name without its kernel
 * may be one that apt no longer offers.
 */
async function keptName(): Promise<string | undefined> {
  const said = await stat(newestPath()).catch(() => undefined);
  if (said === undefined || Date.now() - said.mtimeMs > A_DAY_MS) return undefined;
  const name = await readTextIfThere(newestPath());
  return name !== undefined && name !== '' && existsSync(dirOf(name)) ? name : undefined;
}

async function newestPackage(): Promise<string> {
  const meta = PACKAGES[process.arch];
  if (meta === undefined)
    throw new BottleError('dependencyMissing', `no kernel for a bottle is known for ${process.arch}`, {
      fix: 'name one: BOT_BOTTLE_KERNEL=/path/to/vmlinux (docs/MANIFEST.md)',
    });
  const said = await runOrThrow('apt-cache', ['depends', '--important', meta]);
  const name = /^ +Depends: (linux-image-\S+)$/m.exec(said)?.[1];
  if (name !== undefined) return name;
  throw new BottleError('dependencyMissing', `apt knows no kernel behind ${meta}`, {
    fix: 'sudo apt-get update, then try again',
  });
}

async function fetchKernel(name: string, dir: string, work: LongWork): Promise<void> {
  work.progress(`downloading the kernel of bottles: ${name}`);
  const staging = stagingOf(dir);
  await removeTree(staging); // of an interrupted run
  await mkdir(staging);
  try {
    const download = {
      cwd: staging,
      timeoutMs: DOWNLOAD_MS,
      signal: work.signal,
      env: downloadEnvironment(),
    };
    await runOrThrow('apt-get', ['download', name], download);
    const file = (await readdir(staging)).find((entry) => entry.endsWith('.deb'));
    if (file === undefined)
      throw new BottleError('dependencyMissing', `apt downloaded no ${name}`, {
        fix: 'sudo apt-get update, then try again',
      });
    await runOrThrow('dpkg-deb', ['--extract', file, 'package'], { cwd: staging, timeoutMs: UNPACK_MS });
    const madeDir = join(staging, 'kernel');
    await makeOfPackage(join(staging, 'package'), madeDir).catch((error: unknown) => {
      throw error instanceof BottleError ? error : unfit(name, error);
    });
    await rename(madeDir, dir);
  } finally {
    await removeTree(staging);
  }
}

const unfit = (name: string, error: unknown): BottleError =>
  new BottleError('dependencyMissing', `the kernel in ${name} cannot be used`, {
    details: linesOf(error),
    fix: NEWER_KERNEL,
    cause: error,
  });

/** Module folders of packages. Debian 12's packages use /lib, which only on an installed system links to /usr/lib. */
const MODULE_FOLDERS = ['usr/lib/modules', 'lib/modules'] as const;

/** Makes a kernel from an unpacked package. @throws Error where the package is of no use; BottleError */
async function makeOfPackage(packageDir: string, madeDir: string): Promise<void> {
  const bootDir = join(packageDir, 'boot');
  const image = (await readdir(bootDir)).find((name) => name.startsWith(IMAGE_PREFIX)) ?? IMAGE_PREFIX;
  const folders = MODULE_FOLDERS.map((dir) => join(packageDir, dir, image.slice(IMAGE_PREFIX.length)));
  const modulesDir = folders.find((dir) => existsSync(dir)) ?? folders[0] ?? '';
  const modulesOf = async () => await modulesIn(modulesDir, packageDir);
  await makeKernel(madeDir, await readFile(join(bootDir, image)), modulesOf);
}
