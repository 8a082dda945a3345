import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diff } from '../../../src/workspace/diff/diff.ts';
import { git, Place } from './workspace-place.ts';

/** A diff with the contents of binary files. */

let place: Place;
afterEach(() => place.remove());

const bytes = (...numbers: number[]): Buffer => Buffer.from(numbers);
beforeEach(async () => {
  place = new Place();
  place.write('a.txt', 'one\n');
  place.write('dir/b.txt', 'two\n');
  symlinkSync('a.txt', join(place.project, 'link'));
  writeFileSync(join(place.project, 'changed.bin'), bytes(0, 1, 2));
  writeFileSync(join(place.project, 'gone.bin'), bytes(0, 3));
  place.commitAll();
  await place.copy();
});

test('a binary diff is one that git itself can apply, with text and binary files', async () => {
  writeFileSync(join(place.work, 'changed.bin'), Buffer.concat([bytes(0, 9), Buffer.alloc(5_000, 7)]));
  rmSync(join(place.work, 'gone.bin'));
  rmSync(join(place.work, 'link'));
  symlinkSync('dir/b.txt', join(place.work, 'link'));
  chmodSync(join(place.work, 'dir/b.txt'), 0o755);
  writeFileSync(join(place.work, 'new "one".bin'), bytes(0, 255, 10));
  place.agentWrites('a.txt', 'GIT binary patch\nindex ' + '0'.repeat(40) + '..\n');
  place.agentWrites('dir/b.txt', 'changed\n');
  const patchPath = join(place.folder, 'patch');
  writeFileSync(patchPath, (await diff(place.paths)).patch);
  expect(() => git(place.project, 'apply', '--check', patchPath)).toThrow('full index line');
  writeFileSync(patchPath, (await diff(place.paths, { isBinary: true })).patch);
  git(place.work, 'add', '-A');
  git(place.project, 'apply', '--index', patchPath);
  expect(git(place.project, 'write-tree')).toBe(git(place.work, 'write-tree'));
});

test('a file that a diff cannot contain is named, and is no change to git', async () => {
  rmSync(join(place.work, 'a.txt'));
  execFileSync('mkfifo', [join(place.work, 'a.txt')]);
  symlinkSync(Buffer.from([0x61, 0xfe]), join(place.work, 'odd'));
  place.agentWrites('dir/b.txt', 'changed\n');
  const { patch, leftOut } = await diff(place.paths, { isBinary: true });
  expect(leftOut).toEqual([
    { path: 'a.txt', why: 'is special (fifo)' },
    { path: 'odd', why: 'is special (link to what is not UTF-8)' },
  ]);
  const patchPath = join(place.folder, 'patch');
  writeFileSync(patchPath, patch);
  git(place.project, 'apply', '--index', patchPath);
  expect(git(place.project, 'status', '--porcelain').trim().split('\n')).toEqual([
    'D  a.txt',
    'M  dir/b.txt',
  ]);
});

test('a changed link with a target that is not UTF-8 is a change', async () => {
  symlinkSync(Buffer.from([0x61, 0xfe]), join(place.work, 'odd'));
  expect((await diff(place.paths)).patch.toString()).toContain('b/odd is special');
});

test('a long file is in the diff, in little more memory than its size', async () => {
  writeFileSync(join(place.work, 'lines'), '\n'.repeat(3 * 1024 ** 2));
  const before = process.memoryUsage().rss;
  const { patch } = await diff(place.paths, { isBinary: true });
  expect(patch.length).toBeGreaterThan(6 * 1024 ** 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 ** 2);
});

test('a file too large for a diff is refused, with another way', async () => {
  execFileSync('sh', ['-c', 'head -c 220000000 /dev/urandom > "$1"', 'sh', join(place.work, 'large')]);
  await expect(diff(place.paths, { isBinary: true })).rejects.toMatchObject({
    code: 'usage',
    message: 'the diff is larger than 256 MiB',
    fix: expect.stringContaining('bot-bottle apply') as string,
  });
  expect((await diff(place.paths)).patch.toString()).toContain('Binary files /dev/null and b/large differ');
});
