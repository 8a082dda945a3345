import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { runOrThrow } from '../../../host/run.ts';
import { findMachineProgram, installCommand, type MachineProgram } from '../packages.ts';
import { withInterpreter } from './interpreter.ts';

/** Programs of this host that a bottle's machine starts with, whatever its image has. */

export interface GuestPrograms {
  /** Linked to nothing: it is all there is before the root is. */
  readonly busybox: Uint8Array;
  /** The SSH server, made to be started by the loader beside it. */
  readonly dropbear: Uint8Array;
  /** Of util-linux: who a program runs as, and without what. */
  readonly setpriv: Uint8Array;
  /** Of coreutils: what variables a program has. Nothing of them counts for those before it, which run as the machine's root. */
  readonly env: Uint8Array;
  /** What the three are linked to, each by its name. */
  readonly libraries: Readonly<Record<string, Uint8Array>>;
  readonly loader: Uint8Array;
}

/** Where the loader is in a machine. */
const GUEST_LOADER = '/run/bot-bottle/ld.so';

/** Reads them. @throws BottleError `dependencyMissing` where one is not there, or is not what it must be */
export async function readPrograms(): Promise<GuestPrograms> {
  const busyboxPath = requireProgram('busybox');
  if (await isLinked(busyboxPath)) throw missing('busybox', `${busyboxPath} is not linked statically`);
  const places = [requireProgram('dropbear'), requireProgram('setpriv'), requireProgram('env')] as const;
  const [dropbear, setpriv, env] = await Promise.all([
    readFile(places[0]),
    readFile(places[1]),
    readFile(places[2]),
  ]);
  const linked = await Promise.all(places.map(async (path) => await runOrThrow('ldd', [path])));
  const paths = [...new Set(linked.flatMap(librariesIn))];
  const loaderPath = paths.find((path) => basename(path).startsWith('ld-'));
  if (loaderPath === undefined) throw missing('dropbear', `${places[0]} has no loader`);
  const libraries = await Promise.all(
    paths
      .filter((path) => path !== loaderPath)
      .map(async (path) => [basename(path), await readFile(path)] as const),
  );
  return {
    busybox: await readFile(busyboxPath),
    dropbear: withInterpreter(dropbear, loaderPath, GUEST_LOADER),
    setpriv,
    env,
    loader: await readFile(loaderPath),
    libraries: Object.fromEntries(libraries),
  };
}

/** @throws BottleError `dependencyMissing` where it is not there */
function requireProgram(program: MachineProgram): string {
  const found = findMachineProgram(program);
  if (found === undefined) throw missing(program, `${program} is not installed`);
  return found;
}

/** ldd(1) fails for what is linked to nothing. */
const isLinked = async (path: string): Promise<boolean> =>
  librariesIn(await runOrThrow('ldd', [path]).catch(() => '')).length > 0;

/** The paths in what ldd(1) says: `libz.so.1 => /lib/libz.so.1 (0x...)`, or the loader's alone. Pure. */
export const librariesIn = (said: string): readonly string[] =>
  [...said.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].flatMap((match) => match[1] ?? []);

const missing = (program: MachineProgram, why: string): BottleError =>
  new BottleError('dependencyMissing', `a bottle that is a virtual machine cannot be made: ${why}`, {
    fix: installCommand(program),
  });
