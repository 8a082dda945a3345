import { expect, test } from 'vitest';
import { commonArchive, initrdOf, ownArchive } from './initramfs.ts';

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
  ],
  scripts: {
    init: '#!/bin/sh\n',
    second: 'true\n',
    program: 'p',
    'as-agent': 'a',
    signal: 's',
    'bring-out': 'b',
    look: 'l',
  },
});
const own = ownArchive({
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
});

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

test('a machine is given both, and a whole number of blocks', () => {
  const initrd = initrdOf(common, own);
  expect(initrd.length % 4096).toBe(0);
  expect(initrd.subarray(0, common.length).equals(common)).toBe(true);
  expect(initrd.subarray(common.length, common.length + own.length).equals(own)).toBe(true);
});
