import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, reasonOf } from '../../../errors.ts';
import { installAll, readOsRelease } from '../../../host/system/distribution.ts';
import { bySocket } from './by-socket.ts';
import { UNSEEDED } from './kernel-arguments.ts';
import { VM, type Disk, type Machine } from './machine.ts';
import { qmpOn } from './qmp.ts';
import type { Accelerator, Purpose, Vmm, VmmStart } from './vmm.ts';
import { NOT_SAVED } from './vmm.ts';

/** QEMU's command line for a machine: `microvm`, which has no more devices than are asked for (docs/system/i386/microvm.rst). */

/**
 * A kernel that finds no clock to measure its processor by waits for ever in a machine that is emulated: it is told, and
 * believes it (microvm has no PIT; Documentation/admin-guide/kernel-parameters: tsc_early_khz, tsc).
 */
const clockArguments = (tscKhz: number): readonly string[] => [`tsc_early_khz=${tscKhz}`, 'tsc=reliable'];

/** Where its console is, and that it ends where it would begin again: QEMU ends with it (`-no-reboot`). */
const CONSOLE_ARGUMENTS: readonly string[] = ['console=ttyS0', 'quiet', 'reboot=t', 'panic=-1'];

/** Code for an emulated processor is kept within bounds: qemu(1), -accel tb-size, in MiB. */
const ACCELERATORS: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'tcg,tb-size=256' };

/** Nothing of the host's is opened but what is named, and no other program is started (qemu(1), -sandbox). */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** The command line. Pure. */
function qemuCommand(machine: Machine, { accelerator, tscKhz, purpose }: VmmStart): readonly string[] {
  const { cpus, memoryMib, kernelPath, initrdPath, disks, tapName } = machine;
  const clock = accelerator === 'kvm' ? [] : clockArguments(tscKhz);
  const kernelArguments = [...CONSOLE_ARGUMENTS, ...UNSEEDED, ...clock];
  return [
    'qemu-system-x86_64',
    [
      '-M',
      // Nothing programs its interrupt controller of old: a tick of its old timer stops a kernel that is slow to begin as a division
      // by zero, without a word (vector 0).
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

/** With exactly 2 GiB, the firmware hangs before it starts the kernel (github.com/microvm-nix/microvm.nix/issues/171). */
const bootableMib = (memoryMib: number): number => (memoryMib === 2048 ? 2047 : memoryMib);

const QMP_SOCKET = 'qmp';
const STATE = 'state';

/** What is said of one machine and not of another: what was saved goes on only in one that is the same in all else. */
const BESIDES: Readonly<Record<Purpose, readonly string[]>> = {
  look: [],
  boot: [],
  save: ['-qmp', `unix:${VM.out}/${QMP_SOCKET},server=on,wait=off`],
  resume: ['-incoming', `file:${VM.saved}/${STATE}`],
};

/** A disk that others read too cannot be locked; none of them writes to it. */
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
    // Not stopped before: it would be so where it goes on.
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

/** QEMU: its command line says all. KVM has a clock of its own for its machines. */
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
