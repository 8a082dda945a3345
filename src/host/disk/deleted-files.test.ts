import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { deletedBytes, deletedRangesIn, withDescendants } from './deleted-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'bot-bottle-deleted-'));
afterAll(() => rmSync(dir, { recursive: true }));

test.runIf(process.platform === 'linux')('a deleted file counts while it is open', async () => {
  const before = await deletedBytes(process.pid, dir);
  const grown = async () => (await deletedBytes(process.pid, dir)) - before;
  const path = join(dir, 'big');
  const descriptors = [openSync(path, 'w'), openSync(path, 'r+')];
  writeSync(descriptors[0] ?? -1, Buffer.alloc(1024 ** 2, 1));
  expect(await grown()).toBe(0);
  unlinkSync(path);
  expect(await grown()).toBe(1024 ** 2);
  expect(await deletedBytes(process.pid, '/proc')).toBe(0);
  for (const descriptor of descriptors) closeSync(descriptor);
  expect(await grown()).toBe(0);
});

test('a deleted file that a process has mapped counts', () => {
  const maps = `00400000-00401000 r--p 00000000 00:2d 7    /work/a program
7f1200000000-7f1200001000 rw-s 00000000 00:2d 8    /work/m (deleted)
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0    [stack]
`;
  expect(deletedRangesIn(maps)).toEqual(['7f1200000000-7f1200001000']);
  expect(deletedRangesIn('00400000-00401000 r--p 0 00:2d 7 /work/m (deleted)\n')).toEqual(['400000-401000']);
});

test('the descendants of a process are found', () => {
  const rows = [
    { pid: 9, parent: 7, isThere: false },
    { pid: 7, parent: 5, isThere: false },
    { pid: 5, parent: 1, isThere: true },
    { pid: 6, parent: 1, isThere: false },
    { pid: 8, parent: 4, isThere: true },
  ];
  expect(new Set(withDescendants(rows))).toEqual(new Set([5, 7, 8, 9]));
});
