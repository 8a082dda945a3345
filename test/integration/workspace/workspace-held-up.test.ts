import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apply } from '../../../src/workspace/apply/apply.ts';
import { findChanges, type ChangeLimits } from '../../../src/workspace/diff/changes.ts';
import { diff, showDiff } from '../../../src/workspace/diff/diff.ts';
import { hasWork } from '../../../src/workspace/diff/diff.ts';
import { Place } from './workspace-place.ts';

/** An agent leaves files that make git wait: no verb waits for them, and everything counts as work. */

let place: Place;
beforeEach(async () => {
  place = new Place();
  place.write('dir/a.txt');
  place.commitAll();
  await place.copy();
});
afterEach(() => place.remove());

function mkfifo(path: string): void {
  mkdirSync(join(place.work, path, '..'), { recursive: true });
  execFileSync('mkfifo', [join(place.work, path)]);
}

function gitWaits(): boolean {
  const args = [`--git-dir=${join(place.base, 'git')}`, `--work-tree=${place.work}`, 'ls-files', '-o'];
  const options = { cwd: place.work, timeout: 2_000, killSignal: 'SIGKILL' as const };
  return spawnSync('git', [...args, '--exclude-standard'], options).signal === 'SIGKILL';
}

test.each(['.gitignore', 'dir/.gitignore', 'nested/.git/HEAD'])(
  'a FIFO in place of %s does not block',
  async (path) => {
    mkfifo(path);
    place.agentWrites('dir/new.txt', 'new\n');
    expect(gitWaits()).toBe(true);
    expect(await hasWork(place.paths)).toBe(true);
    expect(showDiff((await diff(place.paths)).patch)).toContain('+++ b/dir/new.txt');
    const { written } = await apply({ ...place.paths, bottleId: 'b', consent: async () => false });
    expect(written).toEqual(['dir/new.txt']);
  },
);

test('a .gitignore that is larger than memory hides nothing', async () => {
  place.agentWrites('.gitignore', '*\n');
  truncateSync(join(place.work, '.gitignore'), 1024 ** 4);
  place.agentWrites('new.txt', 'new\n');
  expect(showDiff((await diff(place.paths)).patch)).toContain('+++ b/new.txt');
});

test('a FIFO behind the `.git` file of a nested repository does not block', async () => {
  mkfifo('store/HEAD');
  place.agentWrites('nested/.git', 'gitdir: ../store\n');
  writeFileSync(join(place.work, 'nested/new.txt'), 'new\n');
  expect(gitWaits()).toBe(true);
  expect(await hasWork(place.paths)).toBe(true);
});

describe('more new files than are compared', () => {
  const LIMITS = { newFiles: 5, newNameBytes: 64 * 1024 };
  const find = async (limits: ChangeLimits): Promise<string[]> => {
    const paths: string[] = [];
    for await (const { path } of findChanges(place.paths, limits)) paths.push(path);
    return paths;
  };
  beforeEach(() => {
    for (let index = 0; index < 7; index += 1) place.agentWrites(`junk/${index}-${'x'.repeat(200)}`);
  });

  test.each<[string, ChangeLimits]>([
    ['too many', LIMITS],
    ['with names that are too long in all', { newFiles: 100, newNameBytes: 1000 }],
  ])(
    'too many new files end a comparison with their place and the remedy, when they are %s',
    async (_, limits) => {
      await expect(find(limits)).rejects.toMatchObject({
        code: 'usage',
        details: [expect.stringMatching(/^junk: [456] new files or more$/)],
        fix: expect.stringContaining(`remove what is not needed from ${place.work}`),
      });
    },
  );

  test('too many new files are work, and are compared once a .gitignore names them', async () => {
    expect(await hasWork(place.paths)).toBe(true);
    writeFileSync(join(place.work, '.gitignore'), 'junk/\n');
    expect(await find(LIMITS)).toEqual(['.gitignore']);
  });

  test('as many files of the project itself are no reason to refuse', async () => {
    for (let index = 0; index < 7; index += 1) place.write(`junk/${index}-${'x'.repeat(200)}`);
    rmSync(place.bottle, { recursive: true });
    mkdirSync(place.bottle);
    await place.copy();
    expect(await find({ newFiles: 0, newNameBytes: 0 })).toEqual([]);
  });
});
