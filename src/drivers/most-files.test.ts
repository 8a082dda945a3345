import { expect, test } from 'vitest';
import { mostFilesFaults, mostFilesOf } from './most-files.ts';

const MOUNTS = `1 2 0:1 / / ro - tmpfs tmpfs rw
3 1 0:2 / /tmp rw,nosuid - tmpfs tmpfs rw,size=16384k,nr_inodes=4096,inode64
4 1 0:3 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k,nr_inodes=40960
`;

test('a small place has enough, and a great one in proportion', () => {
  expect(mostFilesOf(16 * 1024 ** 2)).toBe(4096);
  expect(mostFilesOf(10 * 1024 ** 3)).toBe(655_360);
});

test('what the kernel has is held against what was asked for', () => {
  expect(mostFilesFaults(MOUNTS, { '/tmp': 4096 })).toEqual([]);
  expect(mostFilesFaults(MOUNTS, { '/tmp': 4097 })).toHaveLength(1);
  expect(mostFilesFaults(MOUNTS, { '/dev/shm': 4096 })).toHaveLength(1);
  expect(mostFilesFaults(MOUNTS, { '/': 4096, '/home/agent': 4096 })).toHaveLength(2);
});

test('a mount that covers another is what counts', () => {
  const covered = `${MOUNTS}5 1 0:4 / /tmp rw - tmpfs tmpfs rw,size=4k\n`;
  expect(mostFilesFaults(covered, { '/tmp': 4096 })).toHaveLength(1);
});
