import type { Installable } from '../../../host/system/distribution.ts';
import type { Shown } from '../../sandbox/confined.ts';
import type { Machine } from './machine.ts';

/** The seam between a machine and what makes it run: two programs, and all else is the same. */

/** What may speed it up: KVM is the processor's own help, TCG an emulation. */
export type Accelerator = 'kvm' | 'tcg';

export interface Vmm {
  /** Its program, as PATH finds it. */
  readonly programName: string;
  /** For a package manager, or in words; what to do to have it, and the others that are missing beside it. */
  readonly install: (others: readonly Installable[]) => string;
  /** In what `--version` says. Pure. */
  readonly versionIn: (said: string) => string | undefined;
  /** Why one of this version is of no use; undefined where it is. Pure. */
  readonly versionProblem: (version: string) => string | undefined;
  /** How it may run a machine's code, best first: each is tried. */
  readonly accelerators: readonly Accelerator[];
  /** Whether it starts an image for PCs (bzImage), which puts the kernel in it at a random address. */
  readonly startsImages: boolean;
  /** What its sandbox shows besides the machine's files. */
  readonly shown: (programPath: string) => readonly Shown[];
  /** Its command line, for a machine as its sandbox has it. Pure. */
  readonly command: (machine: Machine, start: VmmStart) => readonly string[];
  /** What it is asked once it was started, a line each; nothing where its command says it all. Pure. */
  readonly asked: (machine: Machine, start: VmmStart) => readonly string[];
  /** Asks it that. @throws BottleError `rungUnavailable` */
  readonly boot?: (machine: Machine, start: VmmStart, running: RunningVmm) => Promise<void>;
  /** Has a machine stand still, for good, and its state written to `VM.out`. @throws BottleError `rungUnavailable`: why it cannot */
  readonly save: (running: Pick<RunningVmm, 'outDir'>) => Promise<void>;
  /** The names of what that writes; where a machine goes on, they are in `VM.saved`. */
  readonly savedNames: readonly string[];
}

export interface VmmStart {
  readonly bottleId: string;
  readonly accelerator: Accelerator;
  readonly tscKhz: number;
  readonly purpose: Purpose;
}

/**
 * What a machine is started for: only to look at one, by what its console says; to be saved, as soon as it waits for what is one
 * bottle's own; for a bottle, from its kernel (`boot`) or from where one like it was saved (`resume`).
 */
export type Purpose = 'look' | 'save' | 'boot' | 'resume';

/** Of a machine that could not be saved. */
export const NOT_SAVED = 'nothing is lost: bottles start from their kernel instead';

export interface RunningVmm {
  /** The folder of this host that the sandbox has as `VM.out`. */
  readonly outDir: string;
  /** Settles with how it ended, in words. */
  readonly ended: Promise<string>;
}
