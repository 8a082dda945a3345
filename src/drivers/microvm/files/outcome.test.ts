import { expect, test } from 'vitest';
import { debugfsOutcome, tarOutcome } from './outcome.ts';

const END = 'tar: Exiting with failure status due to previous errors';

test.each([
  { what: 'all', exitCode: 0, stderr: '', isUnreadable: undefined },
  {
    what: 'all but a device',
    exitCode: 2,
    stderr: `tar: ./null: Cannot mknod: Operation not permitted\n${END}\n`,
    isUnreadable: undefined,
  },
  {
    what: 'no room',
    exitCode: 2,
    stderr: `tar: ./a: Cannot write: No space left on device\n${END}\n`,
    isUnreadable: false,
  },
  {
    what: 'cut',
    exitCode: 2,
    stderr: `tar: Unexpected EOF in archive\ntar: Error is not recoverable: exiting now\n`,
    isUnreadable: true,
  },
  {
    what: 'no tar',
    exitCode: 2,
    stderr: `tar: This does not look like a tar archive\n${END}\n`,
    isUnreadable: true,
  },
  { what: 'ended for want of time', exitCode: undefined, stderr: '', isUnreadable: false },
])('of tar: $what', ({ exitCode, stderr, isUnreadable }) => {
  expect(tarOutcome({ exitCode, stderr })?.isUnreadable).toBe(isUnreadable);
});

const NAME = 'debugfs 1.47.2 (1-Jan-2025)\n';

test.each([
  { what: 'all', exitCode: 0, stderr: NAME, isUnreadable: undefined },
  {
    what: 'all, of other owners',
    exitCode: 0,
    stderr: `${NAME}dump_file: Invalid argument while changing ownership of /out/0/a\nrdump: Operation not permitted while changing ownership of /out/0\n`,
    isUnreadable: undefined,
  },
  {
    what: 'no room',
    exitCode: 0,
    stderr: `${NAME}dump_file: No space left on device while writing file\n`,
    isUnreadable: false,
  },
  {
    what: 'no such folder',
    exitCode: 0,
    stderr: `${NAME}/0: File not found by ext2_lookup\n`,
    isUnreadable: true,
  },
  {
    what: 'no disk',
    exitCode: 0,
    stderr: `${NAME}debugfs: Bad magic number in super-block while opening /in\n`,
    isUnreadable: true,
  },
  { what: 'ended', exitCode: undefined, stderr: NAME, isUnreadable: false },
])('of debugfs: $what', ({ exitCode, stderr, isUnreadable }) => {
  expect(debugfsOutcome({ exitCode, stderr })?.isUnreadable).toBe(isUnreadable);
});
