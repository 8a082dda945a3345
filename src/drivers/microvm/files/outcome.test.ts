import { expect, test } from 'vitest';
import { debugfsOutcome, tarOutcome } from './outcome.ts';

const END = 'tar: Exiting with failure status due to previous errors';

test.each([
  { what: 'all', exitCode: 0, stderr: '', isHosts: undefined },
  {
    what: 'all but a device',
    exitCode: 2,
    stderr: `tar: ./null: Cannot mknod: Operation not permitted\n${END}\n`,
    isHosts: undefined,
  },
  {
    what: 'no room',
    exitCode: 2,
    stderr: `tar: ./a: Cannot write: No space left on device\n${END}\n`,
    isHosts: true,
  },
  {
    what: 'cut',
    exitCode: 2,
    stderr: `tar: Unexpected EOF in archive\ntar: Error is not recoverable: exiting now\n`,
    isHosts: false,
  },
  {
    what: 'no tar',
    exitCode: 2,
    stderr: `tar: This does not look like a tar archive\n${END}\n`,
    isHosts: false,
  },
  { what: 'ended for want of time', exitCode: undefined, stderr: '', isHosts: false },
])('of tar: $what', ({ exitCode, stderr, isHosts }) => {
  expect(tarOutcome({ exitCode, stderr })?.isHosts).toBe(isHosts);
});

const NAME = 'debugfs 1.47.2 (1-Jan-2025)\n';

test.each([
  { what: 'all', exitCode: 0, stderr: NAME, isHosts: undefined },
  {
    what: 'all, of other owners',
    exitCode: 0,
    stderr: `${NAME}dump_file: Invalid argument while changing ownership of /out/0/a\nrdump: Operation not permitted while changing ownership of /out/0\n`,
    isHosts: undefined,
  },
  {
    what: 'no room',
    exitCode: 0,
    stderr: `${NAME}dump_file: No space left on device while writing file\n`,
    isHosts: true,
  },
  {
    what: 'no such folder',
    exitCode: 0,
    stderr: `${NAME}/0: File not found by ext2_lookup\n`,
    isHosts: false,
  },
  {
    what: 'no disk',
    exitCode: 0,
    stderr: `${NAME}debugfs: Bad magic number in super-block while opening /in\n`,
    isHosts: false,
  },
  { what: 'ended', exitCode: undefined, stderr: NAME, isHosts: false },
])('of debugfs: $what', ({ exitCode, stderr, isHosts }) => {
  expect(debugfsOutcome({ exitCode, stderr })?.isHosts).toBe(isHosts);
});
