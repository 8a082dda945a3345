import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hrtime } from 'node:process';
import { deadline, whenAborted } from '../../../host/deadline.ts';
import { endWithChildren } from '../../../host/process/end-with-children.ts';
import { BottleError, errnoOf } from '../../../errors.ts';
import { removeTree } from '../../../host/files.ts';
import { BOTTLE_ID_VARIABLE } from '../../../host/processes.ts';
import { findProgram } from '../../../host/system/programs.ts';
import { run, spawnProgram } from '../../../host/run.ts';
import { agentOwner } from '../../../host/user.ts';
import type { LongWork } from '../../image/long-run.ts';
import { confined } from '../../sandbox/confined.ts';
import { lookArchive } from '../guest/initramfs.ts';
import type { GuestKernel } from '../guest/kernel/make-kernel.ts';
import { readPrograms } from '../guest/programs.ts';
import { readScripts } from '../guest/initrd.ts';
import { makeOutDir } from '../make.ts';
import { findMachineProgram } from '../packages.ts';
import { VM, type Machine } from '../vmm/machine.ts';
import type { Accelerator, Vmm } from '../vmm/vmm.ts';
import { parseBootMessages, likelier, measured, silent, type Heard, type Measured } from './boot-messages.ts';

/** Boots a kernel with a program that prints messages, and times them. A device that opens need not run a machine. */

const BOOT_MS: Readonly<Record<Accelerator, number>> = { kvm: 20_000, tcg: 90_000 };
/** Deadline of the second trial, in milliseconds. It adds at most half a minute to a check. */
const AGAIN_MS = 25_000;
const KVM = '/dev/kvm';
const USUAL_KHZ = 2_000_000;

/** `dir`: a private folder that the caller removes, whatever the result. */
export interface LookWork extends LongWork {
  /** The ID in the environment of the check's processes. A cleanup after a killed launcher finds them by it. */
  readonly ownerId: string;
  readonly dir: string;
  /** The kernel to boot. */
  readonly kernel: GuestKernel;
}

/**
 * Measures a machine under this accelerator.
 * @throws BottleError `dependencyMissing` or `rungUnavailable`: why it does not run here; the signal's reason
 */
export async function tryAccelerator(vmm: Vmm, accelerator: Accelerator, work: LookWork): Promise<Measured> {
  if (accelerator === 'kvm') expectOpen(KVM);
  const guessKhz = guessedKhz();
  const first = await look(vmm, { accelerator, guessKhz }, work);
  if (first.tscKhz === guessKhz) return first;
  // A busy host reads a message late, which looks like a different clock. If the second trial fails, the first counts.
  const again = { accelerator, guessKhz, deadlineMs: AGAIN_MS };
  const second = await look(vmm, again, work).catch((error: unknown) => {
    work.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    return first;
  });
  return likelier(guessKhz, first, second);
}

interface Guess {
  readonly accelerator: Accelerator;
  readonly guessKhz: number;
  readonly deadlineMs?: number;
}

async function look(
  vmm: Vmm,
  { accelerator, guessKhz, deadlineMs = BOOT_MS[accelerator] }: Guess,
  work: LookWork,
): Promise<Measured> {
  const [{ busybox }, scripts] = await Promise.all([readPrograms(), readScripts()]);
  const dir = await mkdtemp(join(work.dir, 'look-'));
  try {
    const [initrdPath, outDir] = [join(dir, 'initrd'), join(dir, 'out')];
    await writeFile(initrdPath, lookArchive(busybox, scripts.look), { mode: 0o644 });
    await makeOutDir(outDir, agentOwner());
    const shown = [
      { hostPath: work.kernel.vmlinuxPath, path: VM.kernel, readOnly: true },
      { hostPath: initrdPath, path: VM.initrd, readOnly: true },
      { hostPath: outDir, path: VM.out, readOnly: false },
      ...vmm.shown(findProgram(vmm.programName) ?? ''),
    ];
    const start = { bottleId: 'look', accelerator, tscKhz: guessKhz, purpose: 'look' } as const;
    const argv = confined(shown, vmm.command(MACHINE, start), {
      devices: accelerator === 'kvm' ? [KVM] : [],
    });
    const boot = async (ended: Promise<string>): Promise<void> =>
      await vmm.boot?.(MACHINE, start, { outDir, ended });
    const listening = { accelerator, deadlineMs, signal: work.signal, ownerId: work.ownerId, boot };
    const heard = await listen(argv, listening);
    return measured(heard, { guessKhz, hostMs: await sameOnHost() });
  } finally {
    await removeTree(dir);
  }
}

/** The smallest machine that boots a kernel. */
const MACHINE: Machine = {
  cpus: 1,
  memoryMib: 256,
  kernelPath: VM.kernel,
  initrdPath: VM.initrd,
  disks: [],
  tapName: undefined,
};

const MAY_NOT = 'sudo usermod -aG kvm "$USER" and log in again';
const HAS_NONE =
  'switch virtualisation on in the firmware (where this host is a virtual machine itself, nested virtualisation in its settings), and load its module: sudo modprobe kvm_intel, or kvm_amd';

function expectOpen(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new BottleError('dependencyMissing', `${path} cannot be opened: no virtualisation for this user`, {
      fix: errnoOf(cause) === 'EACCES' ? MAY_NOT : HAS_NONE,
      cause,
    });
  }
}

/** Returns the frequency that this host states, which is near enough for a first start. */
function guessedKhz(): number {
  const mhz = /^cpu MHz\s*:\s*([\d.]+)/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  return mhz === undefined ? USUAL_KHZ : Math.round(Number(mhz) * 1000);
}

interface Listening {
  readonly accelerator: Accelerator;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Sends the VMM its requests after its start. */
  readonly boot: (ended: Promise<string>) => Promise<void>;
  readonly ownerId: string;
}

async function listen(
  argv: readonly string[],
  { accelerator, deadlineMs, signal, boot, ownerId }: Listening,
): Promise<readonly Heard[]> {
  const [program = '', ...args] = argv;
  const child = spawnProgram(program, args, {
    env: { [BOTTLE_ID_VARIABLE]: ownerId },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard: Heard[] = [];
  let [said, trouble] = ['', ''];
  child.stderr?.on('data', (chunk: Buffer) => (trouble = (trouble + chunk.toString()).slice(-1024)));
  child.stdout?.on('data', (chunk: Buffer) => {
    const atMs = Number(hrtime.bigint()) / 1e6;
    said = (said + chunk.toString('latin1')).slice(-65_536);
    for (const word of parseBootMessages(said)) {
      if (!heard.some(({ name }) => name === word.name)) heard.push({ ...word, atMs });
    }
  });
  const ending = deadline(deadlineMs, signal);
  const end = (): void => void endWithChildren(child);
  const letBe = whenAborted(ending, end);
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signalName) => resolve(`the VMM ended: ${signalName ?? `exit code ${code}`}`));
  });
  await boot(ended).catch(async (error: unknown) => {
    end();
    await ended;
    throw error;
  });
  const how = await ended;
  letBe();
  signal.throwIfAborted();
  if (heard.length > 0) return heard;
  const why = [trouble.trim() || how, lastOf(said)].filter(Boolean).join('; ');
  throw silent({ accelerator, why: ending.aborted ? undefined : why });
}

/** Returns the last three lines of the console. */
const lastOf = (said: string): string => said.trim().split(/\r?\n/).slice(-3).join(' / ');

/** Runs the guest's work on this host. Returns its duration in milliseconds. */
async function sameOnHost(): Promise<number> {
  const before = hrtime.bigint();
  await run(findMachineProgram('busybox') ?? 'busybox', [
    'sh',
    '-c',
    'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done',
  ]);
  return Number(hrtime.bigint() - before) / 1e6;
}
