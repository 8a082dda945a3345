import { expect, test } from 'vitest';
import { commonArchive, noOwnDisk, ownDisk, type OwnParts } from './initramfs.ts';

const SECRET = 'SECRET-HOST-KEY';
const common = commonArchive({
  programs: {
    busybox: Buffer.from('busybox'),
    dropbear: Buffer.from('dropbear'),
    setpriv: Buffer.from('setpriv'),
    env: Buffer.from('env'),
    loader: Buffer.from('loader'),
    libraries: { 'libc.so.6': Buffer.from('libc') },
  },
  modules: [
    { name: 'virtio_mmio', content: Buffer.from('first') },
    { name: 'overlay', content: Buffer.from('second') },
    { name: 'virtio_rng', content: Buffer.from('third') },
  ],
  scripts: {
    init: '#!/bin/sh\n',
    second: 'true\n',
    program: 'p',
    'as-agent': 'a',
    signal: 's',
    check: 'c',
    'bring-out': 'b',
    look: 'l',
  },
});
const OWN: OwnParts = {
  hostName: 'bottle-1',
  address: '10.200.0.2',
  gatewayAddress: '10.200.0.1',
  netmask: '255.255.255.252',
  hostKey: Buffer.from(SECRET),
  authorizedKey: 'ssh-ed25519 AAAA',
  processes: 256,
  descriptors: 1024,
  places: [
    { number: 0, guestPath: '/work', readOnly: false },
    { number: 1, guestPath: '/opt/two words', readOnly: true },
  ],
  volumes: ['/data', '/srv/more data'],
};
const own = ownDisk(OWN);

test('modules are named in the order in which they are loaded', () => {
  expect(common.includes('virtio_mmio\noverlay\n')).toBe(true);
});

test('what is one bottle’s own is in the archive for one, and not in that for all', () => {
  expect(own.includes(SECRET)).toBe(true);
  expect(own.includes('bottle-1\n10.200.0.2\n10.200.0.1\n255.255.255.252\n256\n1024\n')).toBe(true);
  expect(common.includes(SECRET)).toBe(false);
});

test('each place is a line', () => {
  expect(own.includes('0 rw /work\n1 ro /opt/two words\n')).toBe(true);
  expect(own.includes('/data\n/srv/more data\n')).toBe(true);
});

test('what an agent has in /dev holds nothing, and what is private is in the archive for one', () => {
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'fd', 'stderr'])
    expect(common.includes(`bot-bottle/dev/${name}\0`)).toBe(true);
  expect(common.includes('bot-bottle/dev/vda')).toBe(false);
  for (const name of ['', '/scratch', '/files', '/work', '/programs', '/sessions'])
    expect([own, common].map((archive) => archive.includes(`bot-bottle/private${name}\0`))).toEqual([
      true,
      false,
    ]);
});

test('a kernel is given a whole number of blocks, and every disk is of one size', () => {
  expect(common.length % 4096).toBe(0);
  expect([own.length, noOwnDisk().length]).toEqual([1024 ** 2, 1024 ** 2]);
});

test('what a machine is given its randomness by is there, and is not loaded with the rest', () => {
  expect(common.includes('modules/virtio_rng.ko')).toBe(true);
  expect(common.includes('virtio_mmio\noverlay\n')).toBe(true);
});

test('more names than there is room for are refused', () => {
  const places = Array.from({ length: 20_000 }, (_, number) => ({
    number,
    guestPath: `/work/${'x'.repeat(64)}`,
    readOnly: true,
  }));
  expect(() => ownDisk({ ...OWN, places })).toThrow('too much is mounted');
});
