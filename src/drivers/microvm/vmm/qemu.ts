import type { Disk, Machine } from './machine.ts';

/** QEMU's command line for a machine: `microvm`, which has no more devices than are asked for (docs/system/i386/microvm.rst). */

/** What may speed it up, strongest first: each is tried, and what cannot run a kernel is not offered. */
export type Accelerator = 'kvm' | 'tcg';

/**
 * A kernel that finds no clock to measure its processor by waits for ever in a machine that is emulated: it is told, and
 * believes it (microvm has no PIT; Documentation/admin-guide/kernel-parameters: tsc_early_khz, tsc).
 */
export const clockArguments = (tscKhz: number): readonly string[] => [
  `tsc_early_khz=${tscKhz}`,
  'tsc=reliable',
];

/** Where its console is, and that it ends where it would begin again: QEMU ends with it (`-no-reboot`). */
export const CONSOLE_ARGUMENTS: readonly string[] = ['console=ttyS0', 'quiet', 'reboot=t', 'panic=-1'];

/** Code for an emulated processor is kept within bounds: qemu(1), -accel tb-size, in MiB. */
const ACCELERATORS: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'tcg,tb-size=256' };

/** Nothing of the host's is opened but what is named, and no other program is started (qemu(1), -sandbox). */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** The command line. Pure. */
export function qemuCommand(machine: Machine, accelerator: Accelerator): readonly string[] {
  const { cpus, memoryMib, kernelPath, initrdPath, kernelArguments, disks, tapName } = machine;
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
