import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from './files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('a file is replaced, with the mode that was asked for, and nothing is left beside it', async () => {
  const path = join(dir, 'made', 'file');
  await writeFileAtomic(path, 'first');
  await writeFileAtomic(path, 'second', 0o640);
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(dir, 'made'))).toEqual(['file']);
});

test('what cannot come to its place leaves nothing behind', async () => {
  const path = join(dir, 'taken');
  mkdirSync(join(path, 'in it'), { recursive: true });
  await expect(writeFileAtomic(path, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(dir)).toEqual(['taken']);
});

test('where a file is in the place of a folder, the user is told what to do', async () => {
  await writeFileAtomic(join(dir, 'file'), 'text');
  await expect(writeFileAtomic(join(dir, 'file', 'in', 'it'), 'text')).rejects.toMatchObject({
    code: 'dependencyMissing',
    fix: expect.stringContaining('move the file away') as unknown,
  });
});
