import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../host/files.ts';
import { findAll } from './found.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'found-'));
  writeFileSync(join(folder, 'a-file'), 'text');
});
afterEach(async () => await removeTree(folder));

const kinds = (): Record<string, string> =>
  Object.fromEntries(findAll(folder).map(({ path, kind }) => [path, kind]));

test('a search of the project follows no links and leaves out the repository', () => {
  mkdirSync(join(folder, '.git/in'), { recursive: true });
  mkdirSync(join(folder, 'sub'));
  symlinkSync('..', join(folder, 'sub/up'));
  expect(kinds()).toEqual({ 'a-file': 'file', sub: 'folder', 'sub/up': 'link' });
});

test('a folder too deep for a path is reported as special, and the rest is found', () => {
  // PATH_MAX is 4096: the test makes each half by a short enough path, then moves one into the other.
  const half = join(...Array.from({ length: 12 }, () => 'd'.repeat(200)));
  for (const top of ['deep', 'more']) mkdirSync(join(folder, top, half), { recursive: true });
  renameSync(join(folder, 'more'), join(folder, 'deep', half, 'more'));
  const found = findAll(folder);
  expect(found.filter(({ kind }) => kind === 'special')).toHaveLength(1);
  expect(found.find(({ path }) => path === 'a-file')).toMatchObject({ kind: 'file', text: 'text' });
});
