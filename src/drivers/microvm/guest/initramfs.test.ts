import { expect, test } from 'vitest';
import { readCpio } from './cpio.testing.ts';
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
    checked: 'd',
    reach: 'r',
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
  tried: ['10.200.0.1:3128', '192.0.2.1:443'],
};
const own = ownDisk(OWN);

test('modules are named in the order of loading', () => {
  expect(common.includes('virtio_mmio\noverlay\n')).toBe(true);
});

test('files of one bottle are in its own archive, and not in the shared one', () => {
  expect(own.includes(SECRET)).toBe(true);
  expect(
    own.includes(
      'bottle-1\n10.200.0.2\n10.200.0.1\n255.255.255.252\n256\n1024\n10.200.0.1:3128 192.0.2.1:443\n',
    ),
  ).toBe(true);
  expect(common.includes(SECRET)).toBe(false);
});

test('each mount is a line', () => {
  expect(own.includes('0 rw /work\n1 ro /opt/two words\n')).toBe(true);
  expect(own.includes('/data\n/srv/more data\n')).toBe(true);
});

test("the entries of the agent's /dev are empty, and there are no others", () => {
  const found = readCpio(common).filter(({ path }) => path.startsWith('bot-bottle/dev'));
  expect(
    found.map(({ path, mode, device, content }) => `${path} ${mode} ${device} ${content.toString()}`),
  ).toEqual([
    'bot-bottle/dev 40755 0:0 ',
    'bot-bottle/dev/pts 40755 0:0 ',
    'bot-bottle/dev/shm 40755 0:0 ',
    'bot-bottle/dev/null 20666 1:3 ',
    'bot-bottle/dev/zero 20666 1:5 ',
    'bot-bottle/dev/full 20666 1:7 ',
    'bot-bottle/dev/random 20666 1:8 ',
    'bot-bottle/dev/urandom 20666 1:9 ',
    'bot-bottle/dev/tty 20666 5:0 ',
    'bot-bottle/dev/ptmx 120777 0:0 pts/ptmx',
    'bot-bottle/dev/fd 120777 0:0 /proc/self/fd',
    'bot-bottle/dev/stdin 120777 0:0 fd/0',
    'bot-bottle/dev/stdout 120777 0:0 fd/1',
    'bot-bottle/dev/stderr 120777 0:0 fd/2',
  ]);
});

test('private files belong to root alone, and are not in the shared archive', () => {
  const [first, ...others] = [own, common].flatMap((archive) =>
    readCpio(archive).filter(({ path }) => path.startsWith('bot-bottle/private')),
  );
  expect(first).toMatchObject({ path: 'bot-bottle/private', mode: '40700' });
  expect(others.map(({ path }) => path.slice('bot-bottle/private/'.length))).toEqual([
    'scratch',
    'files',
    'work',
    'programs',
    'sessions',
  ]);
});

test('a kernel gets a whole number of blocks, and every disk has one size', () => {
  expect(common.length % 4096).toBe(0);
  expect([own.length, noOwnDisk().length]).toEqual([1024 ** 2, 1024 ** 2]);
});

test("the module for a machine's randomness is there, and is loaded separately", () => {
  expect(common.includes('modules/virtio_rng.ko')).toBe(true);
  expect(common.includes('virtio_mmio\noverlay\n')).toBe(true);
});

test('more names than fit are refused', () => {
  const places = Array.from({ length: 20_000 }, (_, number) => ({
    number,
    guestPath: `/work/${'x'.repeat(64)}`,
    readOnly: true,
  }));
  expect(() => ownDisk({ ...OWN, places })).toThrow('too much is mounted');
});
