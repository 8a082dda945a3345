import { installPackage, readOsRelease } from '../../../host/distribution.ts';
import type { Disk, Machine } from './machine.ts';
import type { Accelerator, Vmm } from './vmm.ts';

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
function qemuCommand(
  machine: Machine,
  accelerator: Accelerator,
  kernelArguments: readonly string[],
): readonly string[] {
  const { cpus, memoryMib, kernelPath, initrdPath, disks, tapName } = machine;
  return [
    'qemu-system-x86_64',
    [
      '-M',
      'microvm,rtc=on',
      '-accel',
      ACCELERATORS[accelerator],
      '-cpu',
      accelerator === 'kvm' ? 'host' : 'max',
    ],
    ['-smp', String(cpus), '-m', `${memoryMib}M`],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
    ['-sandbox', SANDBOX],
    ['-kernel', kernelPath, '-initrd', initrdPath, '-append', kernelArguments.join(' ')],
    disks.flatMap(diskArguments),
    tapName === undefined ? [] : netArguments(tapName),
    ['-device', 'virtio-rng-device'],
  ].flat();
}

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
};

/** QEMU: its command line says all. KVM has a clock of its own for its machines. */
export const QEMU_VMM: Vmm = {
  programName: 'qemu-system-x86_64',
  install: () => installPackage(PACKAGES, readOsRelease()) ?? 'install QEMU',
  versionIn: (said) => /version (\d+\.\d+\.\d+)/.exec(said)?.[1],
  versionProblem: () => undefined,
  accelerators: ['kvm', 'tcg'],
  // On a busy host, one of twenty that are emulated resets before its kernel has said a word (10.0).
  tries: 4,
  shown: () => [],
  asked: () => [],
  command: (machine, { accelerator, tscKhz }) => {
    const clock = accelerator === 'kvm' ? [] : clockArguments(tscKhz);
    return qemuCommand(machine, accelerator, [...CONSOLE_ARGUMENTS, ...clock]);
  },
};
