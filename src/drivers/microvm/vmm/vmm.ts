import type { Shown } from '../../sandbox/confined.ts';
import type { Machine } from './machine.ts';

/** The seam between a machine and what makes it run: two programs, and all else is the same. */

/** What may speed it up: KVM is the processor's own help, TCG an emulation. */
export type Accelerator = 'kvm' | 'tcg';

export interface Vmm {
  /** Its program, as PATH finds it. */
  readonly programName: string;
  /** For a package manager, or in words; what to do where it is not here. */
  readonly install: () => string;
  /** In what `--version` says. Pure. */
  readonly versionIn: (said: string) => string | undefined;
  /** Why one of this version is of no use; undefined where it is. Pure. */
  readonly versionProblem: (version: string) => string | undefined;
  /** How it may run a machine's code, best first: each is tried. */
  readonly accelerators: readonly Accelerator[];
  /** How often it is started, at most, where it ends in its machine's first moments without a word. */
  readonly tries: number;
  /** What its sandbox shows besides the machine's files. */
  readonly shown: (programPath: string) => readonly Shown[];
  /** Its command line, for a machine as its sandbox has it. Pure. */
  readonly command: (machine: Machine, start: VmmStart) => readonly string[];
  /** What it is asked once it was started, a line each; nothing where its command says it all. Pure. */
  readonly asked: (machine: Machine, start: VmmStart) => readonly string[];
  /** Asks it that. @throws BottleError `rungUnavailable` */
  readonly boot?: (machine: Machine, start: VmmStart, running: RunningVmm) => Promise<void>;
}

export interface VmmStart {
  readonly bottleId: string;
  readonly accelerator: Accelerator;
  readonly tscKhz: number;
  /** What the machine's console says is wanted: only to look at a machine. */
  readonly hasConsole: boolean;
}

export interface RunningVmm {
  /** The folder of this host that the sandbox has as `VM.out`. */
  readonly outDir: string;
  /** Settles with how it ended, in words. */
  readonly ended: Promise<string>;
}
