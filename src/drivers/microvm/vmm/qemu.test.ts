import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LINK, type Machine } from './machine.ts';
import { QEMU_VMM, qmpOn } from './qemu.ts';

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

test('the command line is the one that was tried by hand', () => {
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

test('a machine of exactly 2 GiB gets 1 MiB less, because its firmware hangs', () => {
  const memoryOf = (memoryMib: number): string | undefined => {
    const start = { bottleId: 'one', accelerator: 'tcg', tscKhz: 2_400_000, purpose: 'boot' } as const;
    const command = QEMU_VMM.command({ ...MACHINE, memoryMib }, start);
    return command[command.indexOf('-m') + 1];
  };
  expect([2047, 2048, 2049].map(memoryOf)).toEqual(['2047M', '2047M', '2049M']);
});

test('QEMU gets no default device and starts no other program', () => {
  const command = commandOf('kvm');
  for (const flag of ['-nodefaults', '-no-user-config', '-no-reboot', '-sandbox'])
    expect(command).toContain(flag);
  expect(command.filter((word) => word === '-device')).toHaveLength(4);
  expect(command.join(' ')).not.toMatch(/user,|hostfwd|guestfwd|virtfs|-monitor|-qmp|-usb|-vga/);
});

test("QEMU writes only to the machine's own disk", () => {
  const drives = commandOf('tcg').filter((word) => word.startsWith('id=disk'));
  expect(drives.map((drive) => drive.includes('readonly=on'))).toEqual([true, false]);
});

const dir = mkdtempSync(join(tmpdir(), 'qmp-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('a missing QEMU, or a socket without a path, is an error', async () => {
  for (const path of [join(dir, 'none'), join(dir, 'x'.repeat(120))]) {
    const socket = connect(path);
    await expect(qmpOn(socket, socket)).rejects.toThrow(/connect/);
  }
});

test('a QEMU that ends before its greeting, or without an answer, is reported as ended', async () => {
  const path = join(dir, 'socket');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (greets) socket.write('{"QMP": {}}\n');
    else socket.end();
    socket.on('data', (chunk) => {
      if (String(chunk).includes('migrate')) socket.end();
      else socket.write('{"return": {}}\n');
    });
  });
  let greets = false;
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  try {
    const early = connect(path);
    await expect(qmpOn(early, early)).rejects.toThrow('QEMU has ended');
    greets = true;
    const socket = connect(path);
    const { run } = await qmpOn(socket, socket);
    await expect(run('migrate')).rejects.toThrow('QEMU has ended');
  } finally {
    server.close();
  }
});
