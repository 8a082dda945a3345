import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskFault, makePrivateDir, readTextIfThere, writeFileAtomic } from './files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('a file is replaced with the requested mode, and no other file is left', async () => {
  const path = join(dir, 'made', 'file');
  await writeFileAtomic(path, 'first');
  await writeFileAtomic(path, 'second', 0o640);
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(dir, 'made'))).toEqual(['file']);
});

test('a failed replacement leaves nothing behind', async () => {
  const path = join(dir, 'taken');
  mkdirSync(join(path, 'in it'), { recursive: true });
  await expect(writeFileAtomic(path, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(dir)).toEqual(['taken']);
});

test('a file in place of a folder is an error with a remedy', async () => {
  await writeFileAtomic(join(dir, 'file'), 'text');
  await expect(writeFileAtomic(join(dir, 'file', 'in', 'it'), 'text')).rejects.toMatchObject({
    code: 'dependencyMissing',
    fix: expect.stringContaining('move the file away') as unknown,
  });
});

test('another entry in place of a file is an error with a remedy', async () => {
  await writeFileAtomic(join(dir, 'file'), 'text');
  for (const path of [join(dir, 'file', 'in', 'it'), dir])
    await expect(readTextIfThere(path)).rejects.toMatchObject({
      code: 'dependencyMissing',
      fix: expect.stringMatching(/move the (file|folder) away/) as unknown,
    });
  expect(await readTextIfThere(join(dir, 'none'))).toBeUndefined();
});

test('a folder that the kernel refuses is an error that asks for another one', async () => {
  await expect(makePrivateDir('/proc/none/in/it')).rejects.toMatchObject({
    code: 'dependencyMissing',
    fix: expect.stringContaining('XDG_STATE_HOME') as unknown,
  });
});

test('a folder is made once with its parents, for its owner only', async () => {
  for (let time = 0; time < 2; time += 1) await makePrivateDir(join(dir, 'a', 'b', 'c'));
  for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(dir, path)).mode & 0o777).toBe(0o700);
});

test('a full or read-only disk is never a bug, and other errors stay as they are', () => {
  const met = (code: string): Error =>
    Object.assign(new Error(`${code}: it failed`), { code, path: '/some/file' });
  for (const code of ['EROFS', 'ENOSPC', 'EDQUOT'])
    expect(diskFault(met(code))).toMatchObject({
      code: 'dependencyMissing',
      message: `/some/file cannot be written: ${code}: it failed`,
    });
  expect(diskFault(Object.assign(met('ENOSPC'), { dest: '/full/disk' }))).toMatchObject({
    message: '/full/disk cannot be written: ENOSPC: it failed',
  });
  const other = met('ENOENT');
  expect(diskFault(other)).toBe(other);
  expect(diskFault('text')).toBe('text');
});
