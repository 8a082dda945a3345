import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mostFilesFaults, mostFilesOf, resolveIn } from './most-files.ts';

const MOUNTS = `1 2 0:1 / / ro - tmpfs tmpfs rw
3 1 0:2 / /tmp rw,nosuid - tmpfs tmpfs rw,size=16384k,nr_inodes=4096,inode64
4 1 0:3 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k,nr_inodes=40960
`;

test('a small folder gets enough files, and a large one in proportion', () => {
  const large = 64 * 1024 ** 3;
  expect(mostFilesOf(16 * 1024 ** 2, large)).toBe(4096);
  expect(mostFilesOf(10 * 1024 ** 3, large)).toBe(655_360);
  // A tmpfs on a machine of 2 GiB has half a million by default.
  expect(mostFilesOf(10 * 1024 ** 3, 2 * 1024 ** 3)).toBe(131_072);
  expect(mostFilesOf(10 * 1024 ** 3, 0)).toBe(4096);
});

test("the kernel's number of files is compared with the requested one", () => {
  expect(mostFilesFaults(MOUNTS, { '/tmp': 4096 })).toEqual([]);
  expect(mostFilesFaults(MOUNTS, { '/tmp': 4097 })).toHaveLength(1);
  expect(mostFilesFaults(MOUNTS, { '/dev/shm': 4096 })).toHaveLength(1);
  expect(mostFilesFaults(MOUNTS, { '/': 4096, '/home/agent': 4096 })).toHaveLength(2);
});

test('the topmost mount counts', () => {
  const covered = `${MOUNTS}5 1 0:4 / /tmp rw - tmpfs tmpfs rw,size=4k\n`;
  expect(mostFilesFaults(covered, { '/tmp': 4096 })).toHaveLength(1);
});

test('a path with a blank is found', () => {
  const table = '3 1 0:2 / /my\\040data rw - tmpfs tmpfs rw,nr_inodes=4096';
  expect(mostFilesFaults(table, { '/my data': 4096 })).toEqual([]);
});

test('a path is found where its links lead in the other root', () => {
  const root = mkdtempSync(join(tmpdir(), 'root-'));
  try {
    mkdirSync(join(root, 'run/x'), { recursive: true });
    mkdirSync(join(root, 'var'));
    symlinkSync('/run', join(root, 'var/run'));
    symlinkSync('../tmp', join(root, 'var/tmp'));
    symlinkSync('round', join(root, 'round'));
    expect(resolveIn(root, '/data/')).toBe('/data');
    expect(resolveIn(root, '/var/run/x')).toBe('/run/x');
    expect(resolveIn(root, '/var/tmp')).toBe('/tmp');
    expect(resolveIn(root, '/../..')).toBe('/');
    expect(resolveIn(root, '/round/x')).toBe('/round/x');
  } finally {
    rmSync(root, { recursive: true });
  }
});
