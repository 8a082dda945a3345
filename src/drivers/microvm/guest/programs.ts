import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { isOrAre } from '../../../host/system/distribution.ts';
import { runOrThrow } from '../../../host/run.ts';
import { findMachineProgram, installCommand, type MachineProgram } from '../packages.ts';

/** Programs of this host that a bottle's machine starts with, independent of its image. */

export interface GuestPrograms {
  /** Linked statically, because it runs before any library is there. */
  readonly busybox: Uint8Array;
  /** The SSH server. */
  readonly dropbear: Uint8Array;
  /** From util-linux: sets a program's user, and drops its privileges. */
  readonly setpriv: Uint8Array;
  /**
   * From coreutils: sets a program's variables. None of them affects the programs before it, which run as the machine's
   * root.
   */
  readonly env: Uint8Array;
  /** Libraries of the three programs above, by file name. */
  readonly libraries: Readonly<Record<string, Uint8Array>>;
  /** Dynamic loader that starts the three. */
  readonly loader: Uint8Array;
}

/** Paths of the programs on this host. */
export interface ProgramFiles {
  readonly busybox: string;
  readonly dropbear: string;
  readonly setpriv: string;
  readonly env: string;
  readonly loader: string;
  readonly libraries: readonly string[];
}

/** Returns the programs' own paths. @throws BottleError `dependencyMissing`: names all that are missing */
export function programPaths(): Pick<ProgramFiles, 'busybox' | 'dropbear' | 'setpriv' | 'env'> {
  const [busybox, dropbear, setpriv, env] = IN_MACHINE.map(findMachineProgram);
  if (busybox !== undefined && dropbear !== undefined && setpriv !== undefined && env !== undefined)
    return { busybox, dropbear, setpriv, env };
  const absent = IN_MACHINE.filter((program) => findMachineProgram(program) === undefined);
  throw missing(absent, `${isOrAre(absent)} not installed`);
}

const IN_MACHINE = ['busybox', 'dropbear', 'setpriv', 'env'] as const;

/**
 * Returns the programs with their loader and libraries.
 * @throws BottleError `dependencyMissing` where one is missing, or busybox is not static
 */
export async function findPrograms(): Promise<ProgramFiles> {
  const paths = programPaths();
  if (await isLinked(paths.busybox)) throw missing(['busybox'], `${paths.busybox} is not linked statically`);
  const linked = await Promise.all(
    [paths.dropbear, paths.setpriv, paths.env].map(async (path) => await runOrThrow('ldd', [path])),
  );
  const all = [...new Set(linked.flatMap(librariesIn))];
  const loader = all.find((path) => basename(path).startsWith('ld-'));
  if (loader === undefined) throw missing(['dropbear'], `${paths.dropbear} has no loader`);
  return { ...paths, loader, libraries: all.filter((path) => path !== loader) };
}

/** Reads the programs. @throws BottleError `dependencyMissing`, as `findPrograms` */
export async function readPrograms(files?: ProgramFiles): Promise<GuestPrograms> {
  const { libraries, ...programs } = files ?? (await findPrograms());
  const read = async (path: string) => await readFile(path);
  const [busybox, dropbear, setpriv, env, loader] = await Promise.all([
    read(programs.busybox),
    read(programs.dropbear),
    read(programs.setpriv),
    read(programs.env),
    read(programs.loader),
  ]);
  const named = await Promise.all(libraries.map(async (path) => [basename(path), await read(path)] as const));
  return { busybox, dropbear, setpriv, env, loader, libraries: Object.fromEntries(named) };
}

/** ldd(1) fails for a static program. */
const isLinked = async (path: string): Promise<boolean> =>
  librariesIn(await runOrThrow('ldd', [path]).catch(() => '')).length > 0;

/** Returns the paths in ldd(1)'s output: `libz.so.1 => /lib/libz.so.1 (0x...)`, or the loader's path alone. Pure. */
export const librariesIn = (said: string): readonly string[] =>
  [...said.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].flatMap((match) => match[1] ?? []);

const missing = (programs: readonly MachineProgram[], why: string): BottleError =>
  new BottleError('dependencyMissing', `a bottle that is a virtual machine cannot be made: ${why}`, {
    fix: installCommand(programs),
  });
