import { chmodSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diff } from '../../src/workspace/diff.ts';
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

test('is one that git itself can apply, text and binary', async () => {
  writeFileSync(join(place.work, 'changed.bin'), Buffer.concat([bytes(0, 9), Buffer.alloc(5_000, 7)]));
  rmSync(join(place.work, 'gone.bin'));
  rmSync(join(place.work, 'link'));
  symlinkSync('dir/b.txt', join(place.work, 'link'));
  chmodSync(join(place.work, 'dir/b.txt'), 0o755);
  writeFileSync(join(place.work, 'new "one".bin'), bytes(0, 255, 10));
  place.agentWrites('a.txt', 'GIT binary patch\nindex ' + '0'.repeat(40) + '..\n');
  place.agentWrites('dir/b.txt', 'changed\n');
  const patchPath = join(place.folder, 'patch');
  writeFileSync(patchPath, await diff(place.paths));
  expect(() => git(place.project, 'apply', '--check', patchPath)).toThrow('full index line');
  writeFileSync(patchPath, await diff(place.paths, { isBinary: true }));
  git(place.work, 'add', '-A');
  git(place.project, 'apply', '--index', patchPath);
  expect(git(place.project, 'write-tree')).toBe(git(place.work, 'write-tree'));
});

test('is refused before it fills the memory', async () => {
  writeFileSync(join(place.work, 'large'), '');
  truncateSync(join(place.work, 'large'), 129 * 1024 ** 2);
  await expect(diff(place.paths, { isBinary: true })).rejects.toMatchObject({
    code: 'usage',
    fix: expect.stringContaining('bot-bottle apply') as string,
  });
  expect((await diff(place.paths)).toString()).toContain('large');
});
