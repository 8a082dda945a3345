import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { downloadEnvironment } from '../../../host/env.ts';
import { readTextIfThere, removeTree, writeFileAtomic } from '../../../host/files.ts';
import { runOrThrow } from '../../../host/run.ts';
import { exclusively } from '../../image/exclusively.ts';
import type { LongWork } from '../../image/long-run.ts';
import { kernelsDir, lockOf, noteUse, stagingOf } from './kept.ts';
import { payloadOf } from './kernel-image.ts';
import { inLoadOrder, moduleName, type LoadedModule, type ModuleSource } from './modules.ts';

/** The kernel of a bottle: the distribution's own package for virtual machines, unpacked into the cache, never installed. */

export interface GuestKernel {
  /** Its release, such as `6.12.118+deb13-cloud-amd64`. */
  readonly release: string;
  /** The program: a VMM starts nothing else (research: bzImage costs QEMU seconds, and Firecracker 1.16 takes none). */
  readonly vmlinuxPath: string;
  /** In the order in which they are loaded. */
  readonly modules: readonly LoadedModule[];
}

/** Devices, disks and file systems of a bottle. */
const MODULES = [
  'virtio_mmio',
  'virtio_blk',
  'virtio_net',
  'virtio_rng',
  'virtio_balloon',
  'erofs',
  'ext4',
  'overlay',
];

/** The package that stands for the newest kernel for virtual machines, by `process.arch`. */
const PACKAGES: Readonly<Record<string, string>> = {
  x64: 'linux-image-cloud-amd64',
  arm64: 'linux-image-cloud-arm64',
};

const IMAGE_PREFIX = 'vmlinuz-';
const DOWNLOAD_MS = 300_000;
const UNPACK_MS = 120_000;

/** What a kept kernel depends on besides the package: another version of this program may have kept other modules of it. */
const madeOf = (): string => createHash('sha256').update(MODULES.join()).digest('hex').slice(0, 8);

/**
 * Finds it in the cache, or has apt download the package (35 MB) and unpacks it.
 * @throws BottleError `dependencyMissing` where this host cannot have it: says what is needed
 */
export async function ensureKernel(work: LongWork): Promise<GuestKernel> {
  const name = (await askedToday()) ?? (await newestPackage());
  const dir = join(kernelsDir(), `${name}-${madeOf()}`);
  if (!existsSync(dir)) {
    await mkdir(kernelsDir(), { recursive: true });
    await exclusively(lockOf(dir), work, async () => {
      if (!existsSync(dir)) await fetchKernel(name, dir, work);
    });
  }
  await noteUse(dir);
  return await readKernel(dir);
}

/** Whether some kernel is in the cache. */
export const hasKernel = async (): Promise<boolean> =>
  (await readdir(kernelsDir()).catch(() => [])).some((name) => name.endsWith(`-${madeOf()}`));

/** apt takes a second to say which is the newest: what it said is good for a day. */
const A_DAY_MS = 24 * 60 * 60 * 1000;
const newestPath = (): string => join(kernelsDir(), 'newest.txt');

async function askedToday(): Promise<string | undefined> {
  const said = await stat(newestPath()).catch(() => undefined);
  if (said === undefined || Date.now() - said.mtimeMs > A_DAY_MS) return undefined;
  const name = await readTextIfThere(newestPath());
  return name === '' ? undefined : name;
}

async function newestPackage(): Promise<string> {
  const meta = PACKAGES[process.arch];
  if (meta === undefined)
    throw new BottleError('dependencyMissing', `no kernel for a bottle is known for ${process.arch}`);
  const said = await runOrThrow('apt-cache', ['depends', '--important', meta]);
  const name = /^ +Depends: (linux-image-\S+)$/m.exec(said)?.[1];
  if (name !== undefined) {
    await mkdir(kernelsDir(), { recursive: true });
    await writeFileAtomic(newestPath(), name, 0o644);
    return name;
  }
  throw new BottleError('dependencyMissing', `apt knows no kernel behind ${meta}`, {
    fix: 'sudo apt update',
  });
}

async function fetchKernel(name: string, dir: string, work: LongWork): Promise<void> {
  work.progress(`downloading the kernel of bottles: ${name}`);
  const staging = stagingOf(dir);
  await removeTree(staging); // of one that was ended
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
    if (file === undefined) throw new BottleError('dependencyMissing', `apt downloaded no ${name}`);
    await runOrThrow('dpkg-deb', ['--extract', file, 'package'], { cwd: staging, timeoutMs: UNPACK_MS });
    const madeDir = join(staging, 'kernel');
    await makeKernel(join(staging, 'package'), madeDir);
    await rename(madeDir, dir);
  } finally {
    await removeTree(staging);
  }
}

/** From the files of the package, what `readKernel` reads. */
async function makeKernel(packageDir: string, madeDir: string): Promise<void> {
  const bootDir = join(packageDir, 'boot');
  const image = (await readdir(bootDir)).find((name) => name.startsWith(IMAGE_PREFIX)) ?? IMAGE_PREFIX;
  const release = image.slice(IMAGE_PREFIX.length);
  await mkdir(madeDir);
  await writeProgram(join(bootDir, image), join(madeDir, 'vmlinux'));
  const modules = await inLoadOrder(MODULES, await modulesIn(join(packageDir, 'usr/lib/modules', release)));
  for (const { name, content } of modules) await writeFile(join(madeDir, `${name}.ko`), content);
  const facts: Facts = { release, order: modules.map(({ name }) => name) };
  await writeFile(join(madeDir, FACTS), JSON.stringify(facts));
}

async function writeProgram(imagePath: string, vmlinuxPath: string): Promise<void> {
  const { packed, bytes } = payloadOf(await readFile(imagePath));
  if (packed === 'no') return await writeFile(vmlinuxPath, bytes);
  const suffix = SUFFIXES[packed];
  await writeFile(`${vmlinuxPath}${suffix}`, bytes);
  await unpack(`${vmlinuxPath}${suffix}`);
}

async function modulesIn(dir: string): Promise<ModuleSource> {
  const builtin = (await readFile(join(dir, 'modules.builtin'), 'utf8')).split('\n').map(moduleName);
  const files = (await readdir(join(dir, 'kernel'), { recursive: true })).filter((file) =>
    /\.ko(\.|$)/.test(file),
  );
  const paths = new Map(files.map((file) => [moduleName(file), join(dir, 'kernel', file)]));
  return {
    builtin: new Set(builtin),
    read: async (name) => {
      const path = paths.get(name);
      return path === undefined ? undefined : await readFile(await unpack(path));
    },
  };
}

/** Names of packed files, as those who unpack them want them. */
const SUFFIXES = { xz: '.xz', zstd: '.zst', gzip: '.gz' } as const;
const UNPACKERS: readonly (readonly [suffix: string, program: readonly string[]])[] = [
  [SUFFIXES.xz, ['xz', '--decompress', '--force']],
  [SUFFIXES.zstd, ['zstd', '--decompress', '--force', '--quiet', '--rm']],
  [SUFFIXES.gzip, ['gzip', '--decompress', '--force']],
];

/** Puts what is packed in a file into its place, and gives the path. @throws BottleError `dependencyMissing` */
async function unpack(path: string): Promise<string> {
  const [suffix, [program = '', ...args]] = UNPACKERS.find(([end]) => path.endsWith(end)) ?? ['', []];
  if (suffix === '') return path;
  await runOrThrow(program, [...args, path], { timeoutMs: UNPACK_MS });
  return path.slice(0, -suffix.length);
}

/** What is kept of one beside its files. */
interface Facts {
  readonly release: string;
  readonly order: readonly string[];
}
const FACTS = 'kernel.json';

async function readKernel(dir: string): Promise<GuestKernel> {
  const { release, order } = JSON.parse(await readFile(join(dir, FACTS), 'utf8')) as Facts;
  const modules = order.map(async (name) => ({ name, content: await readFile(join(dir, `${name}.ko`)) }));
  return { release, vmlinuxPath: join(dir, 'vmlinux'), modules: await Promise.all(modules) };
}
