import { release } from 'node:os';
import { readTextIfThere } from '../../../host/files.ts';
import { run } from '../../../host/run.ts';
import { hasKernel } from '../guest/kernel/kernel.ts';
import { findMachineProgram, missingMachinePrograms, type MachineProgram } from '../packages.ts';

/**
 * Asks this host's programs what they can do. Versions say little, because distributions build programs with different
 * options. Asks only for help texts, because trying a program may change this host.
 */

/** The busybox applets that the scripts in assets/microvm/guest call. */
const APPLETS = [
  'cat chmod chown cp cpio date dd head ifconfig insmod ip ln mkdir mount mv nc od readlink reboot rm setsid sh sleep',
  'switch_root sync tar timeout tr true tty wget',
].flatMap((line) => line.split(' '));

/** What programs of this host print about themselves. Empty where a program is missing or prints nothing. */
export interface Helps {
  /** `busybox --list`. */
  readonly applets: string;
  /** `busybox nc --help`. */
  readonly nc: string;
  /** `mkfs.erofs --help`. */
  readonly mkfsErofs: string;
  /**
   * The configuration of the host's own kernel (/boot/config-RELEASE). Empty where the machines' kernel needs no
   * download.
   */
  readonly kernelConfig: string;
}

export interface Lacking {
  /** Programs that are not installed. */
  readonly programs: readonly MachineProgram[];
  /** Installed programs that cannot do what a machine needs, each with what it lacks. */
  readonly unsuited: readonly string[];
}

/** Returns everything that this host's programs lack for a machine, not only the first gap. */
export async function lackingPrograms(): Promise<Lacking> {
  const helps = await askPrograms();
  const programs = missingMachinePrograms(neededBesides(helps));
  const unsuited = programs.includes('busybox') ? [] : whatBusyboxLacks(helps);
  return { programs, unsuited };
}

/** Returns whether this host's mkfs.erofs makes a disk from a tar. */
export const readsTar = async (): Promise<boolean> => makesDiskOfTar(await helpOf('mkfs.erofs', '--help'));

/** erofs-utils 1.7 added `--tar=X`. Debian 12 has 1.5, Ubuntu 22.04 has 1.4. */
const makesDiskOfTar = (help: string): boolean => /^\s*--tar=/m.test(help);

/** Returns programs that this host needs because another program is old, or because its kernels use lz4. Pure. */
export function neededBesides({ mkfsErofs, kernelConfig }: Helps): readonly MachineProgram[] {
  const unpacksFirst = mkfsErofs !== '' && !makesDiskOfTar(mkfsErofs);
  return [
    ...(unpacksFirst ? (['fakeroot', 'tar'] as const) : []),
    // A distribution compresses all its kernels in the same way.
    ...(/^CONFIG_KERNEL_LZ4=y$/m.test(kernelConfig) ? (['lz4'] as const) : []),
  ];
}

/** Returns what the installed busybox lacks of what a machine calls. Pure. */
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
    // Some distributions let only root read it. The download then reports what is missing.
    hasKernel().then((isHere) => (isHere ? '' : readTextIfThere(configPath).catch(() => ''))),
  ]);
  return { applets, nc, mkfsErofs, kernelConfig: kernelConfig ?? '' };
}

/** Joins both outputs: some programs print their help as an error. */
async function helpOf(program: MachineProgram, ...args: readonly string[]): Promise<string> {
  const path = findMachineProgram(program);
  if (path === undefined) return '';
  const { stdout, stderr } = await run(path, args);
  return `${stdout}\n${stderr}`;
}
