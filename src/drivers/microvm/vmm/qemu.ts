import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, reasonOf } from '../../../errors.ts';
import { installAll, readOsRelease } from '../../../host/system/distribution.ts';
import { VM, type Disk, type Machine } from './machine.ts';
import {
  NOT_SAVED,
  UNSEEDED,
  bySocket,
  type Accelerator,
  type Purpose,
  type Vmm,
  type VmmStart,
} from './vmm.ts';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/**
 * QEMU's command line for a machine of type `microvm`, which has only the devices that are asked for
 * (docs/system/i386/microvm.rst).
 */

/**
 * In an emulated machine, a kernel waits for ever if it finds no clock to calibrate its TSC. microvm has no PIT, so
 * these arguments state the frequency (Documentation/admin-guide/kernel-parameters: tsc_early_khz, tsc).
 */
const clockArguments = (tscKhz: number): readonly string[] => [`tsc_early_khz=${tscKhz}`, 'tsc=reliable'];

/** Selects the console, and turns a reboot into an exit: QEMU ends with it (`-no-reboot`). */
const CONSOLE_ARGUMENTS: readonly string[] = ['console=ttyS0', 'quiet', 'reboot=t', 'panic=-1'];

/** Bounds the memory for translated code: qemu(1), -accel tb-size, in MiB. */
const ACCELERATORS: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'tcg,tb-size=256' };

/** QEMU opens only named files of the host, and starts no other program (qemu(1), -sandbox). */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** Returns the command line. Pure. */
function qemuCommand(machine: Machine, { accelerator, tscKhz, purpose }: VmmStart): readonly string[] {
  const { cpus, memoryMib, kernelPath, initrdPath, disks, tapName } = machine;
  const clock = accelerator === 'kvm' ? [] : clockArguments(tscKhz);
  const kernelArguments = [...CONSOLE_ARGUMENTS, ...UNSEEDED, ...clock];
  return [
    'qemu-system-x86_64',
    [
      '-M',
      // Nothing programs the legacy interrupt controller. A kernel that starts slowly would take a tick of the legacy
      // timer for a division by zero (vector 0), and stop without a message.
      'microvm,rtc=on,pit=off,pic=off',
      '-accel',
      ACCELERATORS[accelerator],
      '-cpu',
      accelerator === 'kvm' ? 'host' : 'max',
    ],
    ['-smp', String(cpus), '-m', `${bootableMib(memoryMib)}M`],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
    ['-sandbox', SANDBOX],
    ['-kernel', kernelPath, '-initrd', initrdPath, '-append', kernelArguments.join(' ')],
    disks.flatMap(diskArguments),
    tapName === undefined ? [] : netArguments(tapName),
    ['-device', 'virtio-rng-device'],
    BESIDES[purpose],
  ].flat();
}

/**
 * With exactly 2 GiB, the firmware hangs before it starts the kernel (github.com/microvm-nix/microvm.nix/issues/171).
 */
const bootableMib = (memoryMib: number): number => (memoryMib === 2048 ? 2047 : memoryMib);

const QMP_SOCKET = 'qmp';
const STATE = 'state';

/**
 * Arguments that depend on the purpose. All others must be equal, because a saved state resumes only in an equal
 * machine.
 */
const BESIDES: Readonly<Record<Purpose, readonly string[]>> = {
  look: [],
  boot: [],
  save: ['-qmp', `unix:${VM.out}/${QMP_SOCKET},server=on,wait=off`],
  resume: ['-incoming', `file:${VM.saved}/${STATE}`],
};

/** Disables the lock for a read-only disk, which other machines read too and none writes. */
const diskArguments = ({ path, readOnly }: Disk, index: number): readonly string[] => [
  '-drive',
  `id=disk${index},file=${path},format=raw,if=none${readOnly ? ',readonly=on,file.locking=off' : ''}`,
  '-device',
  `virtio-blk-device,drive=disk${index}`,
];

const netArguments = (tapName: string): readonly string[] =>
  [
    ['-netdev', `tap,id=net,ifname=${tapName},script=no,downscript=no`],
    ['-device', 'virtio-net-device,netdev=net'],
  ].flat();

const PACKAGES = {
  apt: 'qemu-system-x86',
  dnf: 'qemu-system-x86-core',
  pacman: 'qemu-base',
  zypper: 'qemu-x86',
  apk: 'qemu-system-x86_64',
  nix: 'qemu',
};

async function save(socketPath: string): Promise<void> {
  const socket = connect(socketPath);
  try {
    const { run } = await qmpOn(socket, socket);
    // Do not pause the machine first, because the resumed machine would be paused too.
    await run('migrate', { uri: `file:${VM.out}/${STATE}` });
    for (;;) {
      const { status = 'none' } = (await run('query-migrate')) as { readonly status?: string };
      if (status === 'completed') return;
      if (status === 'failed') throw new Error('its state is not written');
      await sleep(POLL_MS);
    }
  } catch (cause) {
    throw new BottleError('rungUnavailable', `QEMU does not save a machine: ${reasonOf(cause)}`, {
      fix: NOT_SAVED,
      cause,
    });
  } finally {
    socket.destroy();
  }
}

const POLL_MS = 20;

/** QEMU needs no requests after its start. KVM has a separate clock for its machines. */
export const QEMU_VMM: Vmm = {
  programName: 'qemu-system-x86_64',
  install: (others) => installAll([{ program: 'QEMU', packages: PACKAGES }, ...others], readOsRelease()),
  versionIn: (said) => /version (\d+\.\d+\.\d+)/.exec(said)?.[1],
  versionProblem: () => undefined,
  accelerators: ['kvm', 'tcg'],
  startsImages: true,
  shown: () => [],
  asked: () => [],
  command: qemuCommand,
  save: async ({ outDir }) => await bySocket(outDir, QMP_SOCKET, save),
  savedNames: [STATE],
};

/** Client of QEMU's machine protocol (docs/interop/qmp-spec.rst), with one command at a time. */
interface Qmp {
  /** Returns the command's result. @throws Error with QEMU's description of the error, or where QEMU ended */
  readonly run: (command: string, args?: object) => Promise<unknown>;
}

interface Reply {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** Opens the protocol on a QEMU's streams. @throws Error where QEMU is not there, or ends before it is ready */
export async function qmpOn(input: Writable, output: Readable): Promise<Qmp> {
  const waiting: ((reply: Reply) => void)[] = [];
  let end: Reply | undefined;
  const next = async (): Promise<unknown> => {
    const reply = await new Promise<Reply>((resolve) => {
      if (end === undefined) waiting.push(resolve);
      else resolve(end);
    });
    if (reply.error !== undefined) throw new Error(reply.error.desc);
    return reply.return;
  };
  const greeting = next();
  const settle = (how: Reply): void => {
    end ??= how;
    for (const resolve of waiting.splice(0)) resolve(end);
  };
  output.once('error', ({ message }) => settle({ error: { desc: message } }));
  createInterface({ input: output })
    .on('error', () => undefined) // repeats the stream's own error
    .on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      const isEvent = !('return' in reply || 'error' in reply || 'QMP' in reply);
      if (!isEvent) waiting.shift()?.(reply);
    })
    .on('close', () => settle(ENDED));
  output.once('close', () => settle(ENDED));
  input.on('error', () => undefined); // the output's end reports it
  const run = async (command: string, args: object = {}): Promise<unknown> => {
    const answered = next();
    input.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    return await answered;
  };
  await greeting;
  await run('qmp_capabilities');
  return { run };
}

const ENDED: Reply = { error: { desc: 'QEMU has ended' } };
