import { release } from 'node:os';
import { readTextIfThere } from '../../host/files.ts';
import { run } from '../../host/run.ts';
import { hasKernel } from './guest/kernel.ts';
import { findMachineProgram, missingMachinePrograms, type MachineProgram } from './packages.ts';

/**
 * What this host's programs can do, by asking them: versions say little, as distributions build programs with other options. Only
 * texts of help are asked for: a program that is tried may change this host.
 */

/** What the scripts in assets/microvm/guest call of busybox. */
const APPLETS = [
  'cat chmod chown cp cpio date dd head ifconfig insmod ip ln mkdir mount mv nc od readlink reboot rm setsid sh sleep',
  'switch_root sync tar timeout tr true tty wget',
].flatMap((line) => line.split(' '));

/** What programs of this host print about themselves; empty where one is missing, or prints nothing. */
export interface Helps {
  /** `busybox --list`. */
  readonly applets: string;
  /** `busybox nc --help`. */
  readonly nc: string;
  /** `mkfs.erofs --help`. */
  readonly mkfsErofs: string;
  /** The configuration of the host's own kernel (/boot/config-RELEASE), where the kernel of machines is still to be downloaded. */
  readonly kernelConfig: string;
}

export interface Lacking {
  /** Programs that are not installed. */
  readonly programs: readonly MachineProgram[];
  /** Programs that are installed and cannot do what is needed, each with what it lacks. */
  readonly unsuited: readonly string[];
}

/** What this host's programs lack for a machine, all of it at once. */
export async function lackingPrograms(): Promise<Lacking> {
  const helps = await askPrograms();
  const programs = missingMachinePrograms(neededBesides(helps));
  const unsuited = programs.includes('busybox') ? [] : whatBusyboxLacks(helps);
  return { programs, unsuited };
}

/** Whether this host's mkfs.erofs makes a disk of a tar. */
export const readsTar = async (): Promise<boolean> => makesDiskOfTar(await helpOf('mkfs.erofs', '--help'));

/** erofs-utils 1.7: `--tar=X`; Debian 12 has 1.5, Ubuntu 22.04 has 1.4. */
const makesDiskOfTar = (help: string): boolean => /^\s*--tar=/m.test(help);

/** Programs that this host needs because others are old, or its kernels are packed so. Pure. */
export function neededBesides({ mkfsErofs, kernelConfig }: Helps): readonly MachineProgram[] {
  const unpacksFirst = mkfsErofs !== '' && !makesDiskOfTar(mkfsErofs);
  return [
    ...(unpacksFirst ? (['fakeroot', 'tar'] as const) : []),
    // A distribution packs all its kernels alike.
    ...(/^CONFIG_KERNEL_LZ4=y$/m.test(kernelConfig) ? (['lz4'] as const) : []),
  ];
}

/** What a busybox that is installed cannot do, of what a machine calls. Pure. */
export function whatBusyboxLacks({ applets, nc }: Helps): readonly string[] {
  const has = new Set(applets.split(/\s+/));
  const missing = APPLETS.filter((applet) => !has.has(applet));
  return [
    ...(missing.length === 0 ? [] : [`busybox is built without ${missing.join(', ')}`]),
    ...(missing.includes('nc') || /-e PROG/.test(nc) ? [] : ['busybox is built without the option -e of nc']),
  ];
}

async function askPrograms(): Promise<Helps> {
  const configPath = `/boot/config-${release()}`;
  const [applets, nc, mkfsErofs, kernelConfig] = await Promise.all([
    helpOf('busybox', '--list'),
    helpOf('busybox', 'nc', '--help'),
    helpOf('mkfs.erofs', '--help'),
    // Root alone may read it on some distributions: the download then says what it lacks.
    hasKernel().then((isHere) => (isHere ? '' : readTextIfThere(configPath).catch(() => ''))),
  ]);
  return { applets, nc, mkfsErofs, kernelConfig: kernelConfig ?? '' };
}

/** Whatever it prints, wherever: some print their help as an error. */
async function helpOf(program: MachineProgram, ...args: readonly string[]): Promise<string> {
  const path = findMachineProgram(program);
  if (path === undefined) return '';
  const { stdout, stderr } = await run(path, args);
  return `${stdout}\n${stderr}`;
}
