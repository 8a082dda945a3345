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
])('the outcome of tar: $what', ({ exitCode, stderr, isUnreadable }) => {
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
  ...[
    'debugfs: The ext2 superblock is corrupt while trying to open /in\ncat: Filesystem not open',
    'debugfs: Filesystem revision too high while trying to open /in\nrdump: Filesystem not open',
    'debugfs: Block group descriptor size incorrect while trying to open /in\ncat: Filesystem not open',
    'debugfs: Attempt to read block from filesystem resulted in short read while trying to open /in',
    '/0: Corrupt group descriptor: bad block for inode table',
    'Illegal block number passed to ext2fs_mark_block_bitmap #7 for block bitmap for /in',
    'f1: Inode checksum does not match inode while reading inode 12',
  ].map((line) => ({ what: line, exitCode: 0, stderr: `${NAME}${line}\n`, isUnreadable: true })),
  {
    what: 'a disk that this host does not let it open',
    exitCode: 0,
    stderr: `${NAME}debugfs: Permission denied while trying to open /in\ncat: Filesystem not open\n`,
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
])('the outcome of debugfs: $what', ({ exitCode, stderr, isUnreadable }) => {
  expect(debugfsOutcome({ exitCode, stderr })?.isUnreadable).toBe(isUnreadable);
});
