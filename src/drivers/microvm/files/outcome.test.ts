import { expect, test } from 'vitest';
import { debugfsOutcome, tarOutcome } from './outcome.ts';

const END = 'tar: Exiting with failure status due to previous errors';

test.each([
  ['all', 0, '', undefined],
  ['all but a device', 2, `tar: ./null: Cannot mknod: Operation not permitted\n${END}\n`, undefined],
  ['no room', 2, `tar: ./a: Cannot write: No space left on device\n${END}\n`, true],
  ['cut', 2, `tar: Unexpected EOF in archive\ntar: Error is not recoverable: exiting now\n`, false],
  ['no tar', 2, `tar: This does not look like a tar archive\n${END}\n`, false],
  ['ended for want of time', undefined, '', false],
] as const)('of tar: %s', (_, exitCode, stderr, isHosts) => {
  expect(tarOutcome({ exitCode, stderr })?.isHosts).toBe(isHosts);
});

const NAME = 'debugfs 1.47.2 (1-Jan-2025)\n';

test.each([
  ['all', 0, NAME, undefined],
  [
    'all, of other owners',
    0,
    `${NAME}dump_file: Invalid argument while changing ownership of /out/0/a\nrdump: Operation not permitted while changing ownership of /out/0\n`,
    undefined,
  ],
  ['no room', 0, `${NAME}dump_file: No space left on device while writing file\n`, true],
  ['no such folder', 0, `${NAME}/0: File not found by ext2_lookup\n`, false],
  ['no disk', 0, `${NAME}debugfs: Bad magic number in super-block while opening /in\n`, false],
  ['ended', undefined, NAME, false],
] as const)('of debugfs: %s', (_, exitCode, stderr, isHosts) => {
  expect(debugfsOutcome({ exitCode, stderr })?.isHosts).toBe(isHosts);
});
