import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginningOf, MOST_READ_BYTES } from './beginning.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'beginning-'));
  writeFileSync(at('file'), 'text');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is read', async () => {
  expect(await beginningOf(at('file'))).toBe('text');
});

test('of a large one the beginning', async () => {
  truncateSync(at('file'), 1024 ** 4); // takes no room
  const text = await beginningOf(at('file'));
  expect(text.slice(0, 4)).toBe('text');
  expect(text).toHaveLength(MOST_READ_BYTES);
});

test.each<[string, (path: string) => void]>([
  ['a link', (path) => symlinkSync('file', path)],
  ['a pipe that nobody writes to', (path) => void execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to a device without an end', (path) => symlinkSync('/dev/zero', path)],
  ['nothing', () => undefined],
])('nothing is read of %s', async (_what, make) => {
  make(at('other'));
  expect(await beginningOf(at('other'))).toBe('');
});
