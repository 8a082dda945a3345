import { statSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { Device, DeviceRule } from './types.ts';

/** A device of this host for a container (containerd's pkg/oci: utils_unix.go). @throws Failure */
export function deviceAt(hostPath: string, guestPath: string): Device {
  let found;
  try {
    found = statSync(hostPath);
  } catch {
    throw new Failure(`stat ${hostPath}: no such file or directory`);
  }
  if (!found.isCharacterDevice() && !found.isBlockDevice())
    throw new Failure(`failed to add devices: ${hostPath}: not a device node`);
  const { major, minor } = numbersOf(found.rdev);
  return {
    path: guestPath,
    type: found.isBlockDevice() ? 'b' : 'c',
    major,
    minor,
    fileMode: found.mode & 0o7777,
    uid: found.uid,
    gid: found.gid,
  };
}

/** As glibc's gnu_dev_major and gnu_dev_minor have them, for numbers below 2^32. */
const numbersOf = (device: number) => ({
  major: (device >>> 8) & 0xfff,
  minor: (device & 0xff) | ((device >>> 12) & 0xfff00),
});

const rule = (major: number, minor?: number): DeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** containerd's oci.WithDefaultUnixDevices: null, random, full, tty, zero, urandom, console, pts, ptmx. */
export const DEFAULT_DEVICES: readonly DeviceRule[] = [
  rule(1, 3),
  rule(1, 8),
  rule(1, 7),
  rule(5, 0),
  rule(1, 5),
  rule(1, 9),
  rule(5, 1),
  rule(136),
  rule(5, 2),
];
