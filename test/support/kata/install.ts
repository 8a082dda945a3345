import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runscArguments } from '../../../scripts/setup/daemon-config.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/**
 * A stand-in for Kata's shim, which the real Docker here runs by its name: containerd's own shim for runc with gVisor
 * behind it, and in between the effects of Kata that are visible outside (runtime.pl, machine.pl). containerd finds an
 * unregistered shim by its name in its PATH, so this is one link in /usr/local/bin, without a change of Docker's
 * settings. Needs root.
 */

/** Faults of the stand-in. Each was seen in Kata, or is the effect of a wrong registration. */
export type KataFault =
  | 'no interface'
  | 'no machine'
  | 'no kvm'
  | 'shared kernel'
  | 'fixed memory'
  | 'no sysctls'
  | 'no filter';

export interface KataStandIn {
  /** The value for BOT_BOTTLE_KATA_RUNTIME. */
  readonly runtime: string;
  /** Sets the faults from the next container on; replaces earlier ones. */
  fail(faults: readonly KataFault[]): Promise<void>;
  remove(): void;
}

export interface StandInOrder {
  readonly faults?: readonly KataFault[];
  /** The output of `--version`; default: that of Kata 4.1.0. */
  readonly said?: string;
  /** The exit code of `--version`. */
  readonly exitCode?: number;
}

const LINKS = '/usr/local/bin';
/** kata-containers 4.1.0: src/runtime-rs/crates/shim/src/bin/main.rs. */
export const versionLine = (version: string, language: 'Rust' | 'Golang' = 'Rust'): string => {
  const id = language === 'Rust' ? 'io.containerd.kata.v2' : '"io.containerd.kata.v2"';
  return `Kata Containers containerd shim (${language}): id: ${id}, version: ${version}, commit: 0123456789abcdef0123456789abcdef01234567`;
};

let count = 0;

/** Makes the stand-in for this process. @throws Error if a program that it needs is missing */
export async function installKata({
  faults = [],
  said = versionLine('4.1.0'),
  exitCode = 0,
}: StandInOrder = {}): Promise<KataStandIn> {
  removeLeft();
  const dir = mkdtempSync(join(tmpdir(), 'bb-kata-'));
  chmodSync(dir, 0o755); // any user asks it for its version
  const name = `kata-stand-in-${process.pid}-${(count += 1)}`;
  const shim = `containerd-shim-${name}-v2`;
  const link = join(LINKS, shim);
  const fill = (file: string): string =>
    readFileSync(join(import.meta.dirname, file), 'utf8')
      .replaceAll('@DIR@', dir)
      .replaceAll('@NAME@', shim);
  copyFileSync(programHere('containerd-shim-runc-v2'), join(dir, shim));
  copyFileSync(programHere('perl'), join(dir, 'qemu-system-x86_64'));
  writeProgram(join(dir, 'runc'), fill('runtime.pl'));
  writeProgram(join(dir, 'shim'), fill('shim.sh'));
  writeFileSync(join(dir, 'machine.pl'), fill('machine.pl'));
  writeFileSync(join(dir, 'version'), `${said}\n`);
  writeFileSync(join(dir, 'version-exit'), String(exitCode));
  const fail = async (wrong: readonly KataFault[]): Promise<void> => {
    writeFileSync(join(dir, 'faults'), wrong.join('\n'));
    writeFileSync(join(dir, 'behind'), (await behind(wrong)).join('\n'));
  };
  await fail(faults);
  symlinkSync(join(dir, 'shim'), link);
  return {
    runtime: `io.containerd.${name}.v2`,
    fail,
    remove: () => {
      rmSync(link, { force: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Removes what a killed test left: the stand-ins of processes that have ended. */
function removeLeft(): void {
  for (const name of readdirSync(LINKS)) {
    const pid = /^containerd-shim-kata-stand-in-(\d+)-\d+-v2$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(dirname(readlinkSync(join(LINKS, name))), { recursive: true, force: true });
    rmSync(join(LINKS, name));
  }
}

/**
 * The runtime behind the shim: gVisor as registered here, for a kernel other than the host's; or runc, for the host's.
 */
async function behind(faults: readonly KataFault[]): Promise<string[]> {
  if (faults.includes('shared kernel')) return [programHere('runc')];
  const runsc = programHere('runsc');
  return [runsc, ...runscArguments(await runOrThrow(runsc, ['--version']), release())];
}

function programHere(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
