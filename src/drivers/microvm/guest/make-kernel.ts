import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../../host/files.ts';
import { expectOwnProcessor, payloadOf, releaseOf } from './kernel-image.ts';
import { inLoadOrder, moduleName, type LoadedModule, type ModuleSource } from './modules.ts';
import { SUFFIXES, unpack } from './unpack.ts';

/** A kernel in the form that machines use: unpacked, with the modules to load. */
export interface GuestKernel {
  /** Its release, such as `6.12.118+deb13-cloud-amd64`. */
  readonly release: string;
  /** `sha256:...` of the unpacked program. */
  readonly digest: string;
  /** The unpacked program, the only form that Firecracker starts. */
  readonly vmlinuxPath: string;
  /**
   * The image (bzImage) that contained the program. It loads the program at a random address (KASLR). Undefined: there
   * was no image.
   */
  readonly imagePath: string | undefined;
  /** In load order. */
  readonly modules: readonly LoadedModule[];
  /** For the receipt: the digest of the file, where the user gave it. */
  readonly given?: string;
}

/** Modules for devices, disks and file systems of a bottle. */
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

/**
 * Digest over what a kept kernel contains besides its source, because another version of bot-bottle may have kept other
 * modules.
 */
export const MADE_OF = createHash('sha256')
  .update([...MODULES, 'image'].join())
  .digest('hex')
  .slice(0, 8);

const IMAGE = 'vmlinuz';

/** Returns the file that a machine's VMM starts. Pure. */
export const startedPath = (
  { vmlinuxPath, imagePath }: Pick<GuestKernel, 'vmlinuxPath' | 'imagePath'>,
  { startsImages }: { readonly startsImages: boolean },
): string => (startsImages ? imagePath : undefined) ?? vmlinuxPath;

/** Unpacks a kernel's file to this path, and returns the program. */
async function writeProgram(image: Buffer, vmlinuxPath: string): Promise<Buffer> {
  const { packed, bytes } = payloadOf(image);
  const suffix = packed === 'no' ? '' : SUFFIXES[packed];
  await writeFile(`${vmlinuxPath}${suffix}`, bytes);
  await unpack(`${vmlinuxPath}${suffix}`);
  return await readFile(vmlinuxPath);
}

/**
 * Returns the modules below a folder with the structure of depmod(8). Unpacks them in `unpackDir`, which must exist.
 * `otherwise`: the built-in modules where the folder has no `modules.builtin`.
 */
export async function modulesIn(
  dir: string,
  unpackDir: string,
  otherwise: readonly string[] = [],
): Promise<ModuleSource> {
  const list = await readFile(join(dir, 'modules.builtin'), 'utf8').catch(() => undefined);
  const builtin = list === undefined ? otherwise : list.split('\n').map(moduleName);
  const files = (await readdir(dir, { recursive: true })).filter((file) => /\.ko(\.|$)/.test(file));
  const paths = new Map(files.map((file) => [moduleName(file), join(dir, file)]));
  return {
    builtin: new Set(builtin),
    read: async (name) => {
      const path = paths.get(name);
      if (path === undefined) return undefined;
      const copyPath = join(unpackDir, basename(path));
      await copyFile(path, copyPath);
      return await readFile(await unpack(copyPath));
    },
  };
}

/** Returns the modules for a kernel with this release and program. @throws Error, BottleError */
export type ModulesOf = (release: string, program: Buffer) => Promise<ModuleSource>;

/**
 * Makes a folder for `readKernel` from a kernel's file: ELF or bzImage.
 * @throws Error where it is no kernel for this host, or lacks what a machine needs; BottleError
 */
export async function makeKernel(madeDir: string, image: Buffer, modulesOf: ModulesOf): Promise<void> {
  await mkdir(madeDir);
  const program = await writeProgram(image, join(madeDir, 'vmlinux'));
  if (!program.equals(image)) await writeFile(join(madeDir, IMAGE), image);
  expectOwnProcessor(program, process.arch);
  const release = releaseOf(program);
  const modules = await inLoadOrder(MODULES, await modulesOf(release, program));
  for (const { name, content } of modules) await writeFile(join(madeDir, `${name}.ko`), content);
  await writeFacts(madeDir, { release, order: modules.map(({ name }) => name), digest: digestOf(program) });
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Facts about a kept kernel, beside its files. */
interface Facts {
  readonly release: string;
  readonly order: readonly string[];
  /** Undefined in folders of earlier versions. */
  readonly digest?: string;
}
const FACTS = 'kernel.json';

const writeFacts = async (dir: string, facts: Facts): Promise<void> =>
  await writeFileAtomic(join(dir, FACTS), JSON.stringify(facts), 0o644);

/** Reads a kernel that `makeKernel` made. */
export async function readKernel(dir: string): Promise<GuestKernel> {
  const facts = JSON.parse(await readFile(join(dir, FACTS), 'utf8')) as Facts;
  const vmlinuxPath = join(dir, 'vmlinux');
  const imagePath = existsSync(join(dir, IMAGE)) ? join(dir, IMAGE) : undefined;
  const digest = facts.digest ?? digestOf(await readFile(vmlinuxPath));
  if (facts.digest === undefined) await writeFacts(dir, { ...facts, digest });
  const modules = facts.order.map(async (name) => ({
    name,
    content: await readFile(join(dir, `${name}.ko`)),
  }));
  return { release: facts.release, digest, vmlinuxPath, imagePath, modules: await Promise.all(modules) };
}
