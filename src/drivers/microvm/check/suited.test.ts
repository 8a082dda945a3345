import { expect, test } from 'vitest';
import { neededBesides, whatBusyboxLacks, type Helps } from './suited.ts';

const APPLETS =
  'ash cat chmod chown cp cpio date dd head ifconfig insmod ip ln mkdir mount mv nc od readlink reboot rm setsid sh sleep switch_root sync tar timeout tr true tty wget';
const helps = (part: Partial<Helps>): Helps => ({
  applets: APPLETS.replaceAll(' ', '\n'),
  nc: 'Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]',
  mkfsErofs:
    ' --quiet               quiet execution\n --tar=X               generate an image from a tarball',
  kernelConfig: 'CONFIG_KERNEL_XZ=y\n# CONFIG_KERNEL_LZ4 is not set\n',
  ...part,
});

test('a host whose mkfs.erofs reads a tar needs no other programs', () => {
  expect(neededBesides(helps({}))).toEqual([]);
});

test('a host whose mkfs.erofs reads no tar needs fakeroot and tar', () => {
  const mkfsErofs =
    ' --preserve-mtime      keep per-file modification time strictly\n --quiet   quiet execution';
  expect(neededBesides(helps({ mkfsErofs }))).toEqual(['fakeroot', 'tar']);
});

test('a host without mkfs.erofs is not told to install what only an old one needs', () => {
  expect(neededBesides(helps({ mkfsErofs: '' }))).toEqual([]);
});

test('a host whose kernels are packed with LZ4 needs lz4', () => {
  expect(neededBesides(helps({ kernelConfig: 'CONFIG_KERNEL_LZ4=y\n' }))).toEqual(['lz4']);
});

test('a busybox that has all that a machine calls lacks nothing', () => {
  expect(whatBusyboxLacks(helps({}))).toEqual([]);
});

test('every applet and option that a busybox is built without is named at once', () => {
  const applets = APPLETS.replace(' timeout', '').replace(' setsid', '').replaceAll(' ', '\n');
  expect(whatBusyboxLacks(helps({ applets, nc: 'Usage: nc IPADDR PORT' }))).toEqual([
    'busybox is built without setsid, timeout',
    'busybox is built without the option -e of nc',
  ]);
});
