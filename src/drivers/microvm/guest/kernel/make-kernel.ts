import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../../../host/files.ts';
import { inLoadOrder, moduleName, type LoadedModule, type ModuleSource } from './modules.ts';
import { SUFFIXES, unpack } from './decompress.ts';

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

/**
 * Parses a kernel's file: the program itself (ELF), or an image for PCs (bzImage) that unpacks the program at its
 * start.
 */

/** The program's bytes, and how they are compressed. */
interface Payload {
  readonly packed: 'no' | 'zstd' | 'xz' | 'gzip' | 'lz4';
  readonly bytes: Uint8Array;
}

const MAGICS: readonly (readonly [Payload['packed'], readonly number[]])[] = [
  ['no', [0x7f, 0x45, 0x4c, 0x46]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['gzip', [0x1f, 0x8b, 0x08]],
  // The legacy frame (lz4_Frame_format.md, "Legacy frame"): scripts/Makefile.lib compresses kernels with `lz4 -l`.
  ['lz4', [0x02, 0x21, 0x4c, 0x18]],
];

/** Header offsets of the x86 boot protocol (Documentation/arch/x86/boot.rst), 2.08 or later. */
const SIGNATURE_AT = 0x202;
const SIGNATURE = 0x53_72_64_48; // HdrS
const VERSION_AT = 0x206;
const LEAST_VERSION = 0x0208;
const SETUP_SECTORS_AT = 0x1f1;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_LENGTH_AT = 0x24c;
const SECTOR_BYTES = 512;
/** A compressed kernel ends with its unpacked length, outside the compression format. gzip's format already has it. */
const SIZE_BYTES = 4;

/** Returns the program in a kernel's file. Pure. @throws Error where the format is unknown */
export function payloadOf(file: Buffer): Payload {
  if (packedIn(file) === 'no') return { packed: 'no', bytes: file };
  if (file.length < PAYLOAD_LENGTH_AT + 4 || file.readUInt32LE(SIGNATURE_AT) !== SIGNATURE)
    throw new Error('it is neither an ELF file nor an image of a kernel for PCs');
  if (file.readUInt16LE(VERSION_AT) < LEAST_VERSION)
    throw new Error('its boot protocol is older than 2.08, and does not say where the kernel is');
  const sectors = file[SETUP_SECTORS_AT] || 4; // 0 means 4
  const from = (sectors + 1) * SECTOR_BYTES + file.readUInt32LE(PAYLOAD_OFFSET_AT);
  const bytes = file.subarray(from, from + file.readUInt32LE(PAYLOAD_LENGTH_AT));
  const packed = packedIn(bytes);
  if (packed === undefined) throw new Error('the kernel in it is packed in a way that is not known');
  const isSizeApart = packed !== 'gzip' && packed !== 'no';
  return { packed, bytes: isSizeApart ? bytes.subarray(0, -SIZE_BYTES) : bytes };
}

const packedIn = (bytes: Uint8Array): Payload['packed'] | undefined =>
  MAGICS.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte))?.[0];

/** `e_machine` of an ELF file by `process.arch` (elf.h: EM_X86_64, EM_AARCH64). */
const PROCESSORS: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const CLASS_AT = 4;
const CLASS_64 = 2;
const MACHINE_AT = 18;

/** Expects an unpacked kernel for this processor. Pure. @throws Error where it is for another */
export function expectOwnProcessor(program: Buffer, arch: string): void {
  const isElf = packedIn(program) === 'no' && program.length > MACHINE_AT + 1;
  const isOwn = program[CLASS_AT] === CLASS_64 && program.readUInt16LE(MACHINE_AT) === PROCESSORS[arch];
  if (!isElf || !isOwn) throw new Error(`it is no 64-bit kernel for ${arch}`);
}

const BANNER = 'Linux version ';
const LONGEST_RELEASE = 64; // __NEW_UTS_LEN

/**
 * Returns the release in an unpacked kernel's banner (init/version.c: linux_banner). Pure.
 * @throws Error where it has none
 */
export function releaseOf(program: Buffer): string {
  for (let at = program.indexOf(BANNER); at >= 0; at = program.indexOf(BANNER, at + 1)) {
    const from = at + BANNER.length;
    const release = /^\d[\w.+~-]* /.exec(program.toString('latin1', from, from + LONGEST_RELEASE + 1))?.[0];
    if (release !== undefined) return release.trim();
  }
  throw new Error('it does not say which release of Linux it is');
}
