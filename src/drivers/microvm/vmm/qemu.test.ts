import { expect, test } from 'vitest';
import { LINK, type Machine } from './machine.ts';
import { QEMU_VMM } from './qemu.ts';

const MACHINE: Machine = {
  cpus: 2,
  memoryMib: 512,
  kernelPath: '/vm/vmlinux',
  initrdPath: '/vm/initrd',
  disks: [
    { path: '/vm/base', readOnly: true },
    { path: '/vm/scratch', readOnly: false },
  ],
  tapName: LINK.tapName,
};

const commandOf = (accelerator: 'kvm' | 'tcg'): readonly string[] =>
  QEMU_VMM.command(MACHINE, { bottleId: 'one', accelerator, tscKhz: 2_400_000, purpose: 'boot' });

test('the command line is what was run by hand', () => {
  expect(commandOf('tcg')).toMatchInlineSnapshot(`
    [
      "qemu-system-x86_64",
      "-M",
      "microvm,rtc=on,pit=off,pic=off",
      "-accel",
      "tcg,tb-size=256",
      "-cpu",
      "max",
      "-smp",
      "2",
      "-m",
      "512M",
      "-nodefaults",
      "-no-user-config",
      "-no-reboot",
      "-display",
      "none",
      "-serial",
      "stdio",
      "-sandbox",
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
      "-kernel",
      "/vm/vmlinux",
      "-initrd",
      "/vm/initrd",
      "-append",
      "console=ttyS0 quiet reboot=t panic=-1 random.trust_cpu=off random.trust_bootloader=off tsc_early_khz=2400000 tsc=reliable",
      "-drive",
      "id=disk0,file=/vm/base,format=raw,if=none,readonly=on,file.locking=off",
      "-device",
      "virtio-blk-device,drive=disk0",
      "-drive",
      "id=disk1,file=/vm/scratch,format=raw,if=none",
      "-device",
      "virtio-blk-device,drive=disk1",
      "-netdev",
      "tap,id=net,ifname=bottle,script=no,downscript=no",
      "-device",
      "virtio-net-device,netdev=net",
      "-device",
      "virtio-rng-device",
    ]
  `);
});

test('a machine of exactly 2 GiB, with which its firmware hangs, has 1 MiB less', () => {
  const memoryOf = (memoryMib: number): string | undefined => {
    const start = { bottleId: 'one', accelerator: 'tcg', tscKhz: 2_400_000, purpose: 'boot' } as const;
    const command = QEMU_VMM.command({ ...MACHINE, memoryMib }, start);
    return command[command.indexOf('-m') + 1];
  };
  expect([2047, 2048, 2049].map(memoryOf)).toEqual(['2047M', '2047M', '2049M']);
});

test('nothing comes that was not asked for, and no other program is started', () => {
  const command = commandOf('kvm');
  for (const flag of ['-nodefaults', '-no-user-config', '-no-reboot', '-sandbox'])
    expect(command).toContain(flag);
  expect(command.filter((word) => word === '-device')).toHaveLength(4);
  expect(command.join(' ')).not.toMatch(/user,|hostfwd|guestfwd|virtfs|-monitor|-qmp|-usb|-vga/);
});

test('only a disk of its own is written to', () => {
  const drives = commandOf('tcg').filter((word) => word.startsWith('id=disk'));
  expect(drives.map((drive) => drive.includes('readonly=on'))).toEqual([true, false]);
});
