import type { Installable } from '../../../host/system/distribution.ts';
import type { Shown } from '../../sandbox/confined.ts';
import type { Machine } from './machine.ts';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** The seam between a machine and the program that runs it. The rest is equal for all VMMs. */

/**
 * Lets only the device seed a machine's randomness, which `init` opens once it has a bottle's settings. Otherwise
 * machines resumed from one saved machine could have the same keys (Documentation/admin-guide/kernel-parameters:
 * random.trust_cpu, random.trust_bootloader).
 */
export const UNSEEDED: readonly string[] = ['random.trust_cpu=off', 'random.trust_bootloader=off'];

/** How the VMM executes machine code: with the processor's virtualisation (KVM), or by emulation (TCG). */
export type Accelerator = 'kvm' | 'tcg';

export interface Vmm {
  /** Name of its program in PATH. */
  readonly programName: string;
  /**
   * Returns how to install it together with `others`, the other missing programs: a package manager's command, or
   * words.
   */
  readonly install: (others: readonly Installable[]) => string;
  /** Returns the version in the output of `--version`. Pure. */
  readonly versionIn: (said: string) => string | undefined;
  /** Returns why a version is of no use. Undefined where it is of use. Pure. */
  readonly versionProblem: (version: string) => string | undefined;
  /** Accelerators to try, best first. */
  readonly accelerators: readonly Accelerator[];
  /** Whether it starts an image for PCs (bzImage), which loads its kernel at a random address. */
  readonly startsImages: boolean;
  /** Returns the files that the sandbox shows besides the machine's files. */
  readonly shown: (programPath: string) => readonly Shown[];
  /** Returns its command line for a machine with paths in the sandbox. Pure. */
  readonly command: (machine: Machine, start: VmmStart) => readonly string[];
  /** Returns its API requests after the start, one per line. Empty where the command line says everything. Pure. */
  readonly asked: (machine: Machine, start: VmmStart) => readonly string[];
  /** Sends those requests. @throws BottleError `rungUnavailable` */
  readonly boot?: (machine: Machine, start: VmmStart, running: RunningVmm) => Promise<void>;
  /**
   * Pauses a machine for good, and writes its state to `VM.out`.
   * @throws BottleError `rungUnavailable`: why it cannot
   */
  readonly save: (running: Pick<RunningVmm, 'outDir'>) => Promise<void>;
  /** File names that `save` writes. A resumed machine has them in `VM.saved`. */
  readonly savedNames: readonly string[];
}

export interface VmmStart {
  readonly bottleId: string;
  readonly accelerator: Accelerator;
  readonly tscKhz: number;
  readonly purpose: Purpose;
}

/**
 * Why a machine starts: `look` only checks a machine by its console output; `save` saves it once it waits for a
 * bottle's settings; `boot` starts it for a bottle from its kernel; `resume` starts it for a bottle from a saved
 * machine.
 */
export type Purpose = 'look' | 'save' | 'boot' | 'resume';

/** The fix in errors about a machine that could not be saved. */
export const NOT_SAVED = 'nothing is lost: bottles start from their kernel instead';

export interface RunningVmm {
  /** The folder of this host that the sandbox has as `VM.out`. */
  readonly outDir: string;
  /** Settles with how the VMM ended, in words. */
  readonly ended: Promise<string>;
}

/**
 * Calls `speak` with a short path of a socket in this folder. unix(7) allows 107 bytes, and a bottle's folder may have
 * a longer path (proc_pid_fd(5)).
 */
export async function bySocket<T>(
  dir: string,
  name: string,
  speak: (socketPath: string) => Promise<T>,
): Promise<T> {
  await using folder = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return await speak(`/proc/self/fd/${folder.fd}/${name}`);
}
