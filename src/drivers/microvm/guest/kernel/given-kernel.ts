import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { BottleError, linesOf } from '../../../../errors.ts';
import { hostVariable } from '../../../../host/env.ts';
import { makePrivateDir, removeTree } from '../../../../host/files.ts';
import { exclusively } from '../../../image/exclusively.ts';
import type { LongWork } from '../../../image/long-run.ts';
import { kernelsDir, lockOf, noteUse, stagingOf } from '../cache.ts';
import { builtinBy, configIn } from './kernel-config.ts';
import { MADE_OF, makeKernel, modulesIn, readKernel, type GuestKernel } from './make-kernel.ts';
import { expectModulesOf, type ModuleSource } from './modules.ts';

/**
 * A kernel that the user of this host gives by its path, only through environment variables. A manifest comes with a
 * project, and a project must not choose which file of the host runs a machine.
 */

/** Names of the variables: a kernel's file, and the folder of its modules. */
const KERNEL_VARIABLES = ['BOT_BOTTLE_KERNEL', 'BOT_BOTTLE_KERNEL_MODULES'] as const;

export interface GivenKernel {
  readonly imagePath: string;
  /** Undefined: the kernel has all that a machine needs built in. */
  readonly modulesPath: string | undefined;
}

/** Returns whether the user gives a kernel, valid or not. */
export const isKernelGiven = (): boolean => KERNEL_VARIABLES.some((name) => hostVariable(name) !== undefined);

/** Returns the given kernel. Undefined: none. @throws BottleError `dependencyMissing` where only modules are given */
export function givenKernel(): GivenKernel | undefined {
  const [imagePath, modulesPath] = KERNEL_VARIABLES.map(hostVariable);
  if (imagePath === undefined && modulesPath !== undefined)
    throw unfit('BOT_BOTTLE_KERNEL_MODULES is set, and BOT_BOTTLE_KERNEL is not', []);
  return imagePath === undefined ? undefined : { imagePath, modulesPath };
}

interface ReadKernel extends GivenKernel {
  /** The bytes of the kernel's file. */
  readonly image: Buffer;
}

/**
 * Finds the unpacked kernel in the cache by content, or makes it.
 * @throws BottleError `dependencyMissing`; the signal's reason
 */
export async function ensureGivenKernel(given: GivenKernel, work: LongWork): Promise<GuestKernel> {
  await expectPaths(given);
  const image = await readFile(given.imagePath);
  const digest = sha256(image);
  const name = `given-${sha256(`${digest} ${await modulesState(given)}`).slice(0, 32)}`;
  const dir = join(kernelsDir(), `${name}-${MADE_OF}`);
  if (!existsSync(dir)) {
    await mkdir(kernelsDir(), { recursive: true });
    await exclusively(lockOf(dir), work, async () => {
      if (!existsSync(dir)) await makeGiven({ ...given, image }, dir, work);
    });
  }
  await noteUse(dir);
  return { ...(await readKernel(dir)), given: `sha256:${digest}` };
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Upper bound in bytes. A kernel with full debug information has a few hundred MiB. */
const MOST_BYTES = 1024 ** 3;

async function expectPaths({ imagePath, modulesPath }: GivenKernel): Promise<void> {
  for (const [index, path] of [imagePath, modulesPath].entries()) {
    if (path === undefined) continue;
    if (!isAbsolute(path)) throw unfit(`${KERNEL_VARIABLES[index]} is no absolute path: ${path}`, []);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw unfit(`there is nothing at ${path}`, []);
    const fits = index === 0 ? found.isFile() && found.size <= MOST_BYTES : found.isDirectory();
    if (!fits) throw unfit(`${path} is no ${index === 0 ? 'file of a kernel' : 'folder of modules'}`, []);
  }
}

/** Identifies modules by names, sizes and times, because reading all of them takes longer than a boot. */
async function modulesState({ modulesPath }: GivenKernel): Promise<string> {
  if (modulesPath === undefined) return '';
  const names = (await readdir(modulesPath, { recursive: true })).filter((name) =>
    /\.ko(\.|$)|\.builtin$/.test(name),
  );
  const states = names.toSorted().map(async (name) => {
    const { size, mtimeMs } = await stat(join(modulesPath, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return [modulesPath, ...(await Promise.all(states))].join('\n');
}

async function makeGiven(given: ReadKernel, dir: string, work: LongWork): Promise<void> {
  work.progress(`making ready the kernel that is given: ${given.imagePath}`);
  const staging = stagingOf(dir);
  await removeTree(staging); // of an interrupted run
  await makePrivateDir(staging);
  try {
    const madeDir = join(staging, 'kernel');
    await makeKernel(
      madeDir,
      given.image,
      async (release, program) => await givenModules(given, { release, program, unpackDir: staging }),
    );
    await rename(madeDir, dir);
  } catch (error) {
    throw unfit(`the kernel at ${given.imagePath} cannot be used`, linesOf(error));
  } finally {
    await removeTree(staging);
  }
}

interface Unpacked {
  readonly release: string;
  readonly program: Buffer;
  readonly unpackDir: string;
}

async function givenModules(
  { modulesPath }: GivenKernel,
  { release, program, unpackDir }: Unpacked,
): Promise<ModuleSource> {
  const config = configIn(program);
  const builtin = config === undefined ? [] : builtinBy(config);
  if (modulesPath === undefined)
    return { builtin: new Set(builtin), read: async () => await Promise.resolve(undefined) };
  return expectModulesOf(release, await modulesIn(modulesPath, unpackDir, builtin));
}

const unfit = (message: string, details: readonly string[]): BottleError =>
  new BottleError('dependencyMissing', message, {
    details,
    fix:
      'BOT_BOTTLE_KERNEL: the absolute path of an ELF file or a bzImage; BOT_BOTTLE_KERNEL_MODULES: the folder of its modules, with modules.builtin, as in /lib/modules, ' +
      'unless it has all built in and its configuration in itself (CONFIG_IKCONFIG); without both, the kernel of the distribution is taken',
  });
