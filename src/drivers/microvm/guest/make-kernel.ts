import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../../host/files.ts';
import { expectOwnProcessor, payloadOf, releaseOf } from './kernel-image.ts';
import { inLoadOrder, moduleName, type LoadedModule, type ModuleSource } from './modules.ts';
import { SUFFIXES, unpack } from './unpack.ts';

/** A kernel in the form in which machines are given it: unpacked, with the modules it has to load. */
export interface GuestKernel {
  /** Its release, such as `6.12.118+deb13-cloud-amd64`. */
  readonly release: string;
  /** `sha256:...` of the program. */
  readonly digest: string;
  /** The program, unpacked: all that Firecracker starts. */
  readonly vmlinuxPath: string;
  /** The image that it came in, a bzImage: it puts the program at a random address (KASLR) as it unpacks it. Undefined: it came in none. */
  readonly imagePath: string | undefined;
  /** In the order in which they are loaded. */
  readonly modules: readonly LoadedModule[];
  /** For the receipt, where the user gave it: which file. */
  readonly given?: string;
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

/** What a kept kernel depends on besides its files: another version of this program may have kept other modules of it. */
export const MADE_OF = createHash('sha256')
  .update([...MODULES, 'image'].join())
  .digest('hex')
  .slice(0, 8);

const IMAGE = 'vmlinuz';

/** The file that a machine's VMM starts. Pure. */
export const startedPath = (
  { vmlinuxPath, imagePath }: Pick<GuestKernel, 'vmlinuxPath' | 'imagePath'>,
  { startsImages }: { readonly startsImages: boolean },
): string => (startsImages ? imagePath : undefined) ?? vmlinuxPath;

/** Unpacks a kernel's file to this path, and gives what it is then. */
async function writeProgram(image: Buffer, vmlinuxPath: string): Promise<Buffer> {
  const { packed, bytes } = payloadOf(image);
  const suffix = packed === 'no' ? '' : SUFFIXES[packed];
  await writeFile(`${vmlinuxPath}${suffix}`, bytes);
  await unpack(`${vmlinuxPath}${suffix}`);
  return await readFile(vmlinuxPath);
}

/**
 * The modules below a folder as depmod(8) has it. They are unpacked in another one, which is there.
 * Where it names none in `modules.builtin`, those that are built in are `otherwise`.
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

/** The modules for a kernel of this release whose program is this. @throws Error, BottleError */
export type ModulesOf = (release: string, program: Buffer) => Promise<ModuleSource>;

/**
 * Makes a folder as `readKernel` reads it, of a kernel's file: ELF or bzImage.
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

/** What is kept of one beside its files. */
interface Facts {
  readonly release: string;
  readonly order: readonly string[];
  /** Earlier versions did not write it. */
  readonly digest?: string;
}
const FACTS = 'kernel.json';

const writeFacts = async (dir: string, facts: Facts): Promise<void> =>
  await writeFileAtomic(join(dir, FACTS), JSON.stringify(facts), 0o644);

/** One that was made. */
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
