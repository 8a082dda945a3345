import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applyAnswering, git, Place } from './workspace-place.ts';

/** The files that the user's own git has its settings from, or is sent to by them, are asked about where they lie in the project. */

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

const applied = async (answer: boolean) => await applyAnswering(place, answer);

test.each([
  ['core.excludesFile', 'conf/ignored'],
  ['core.attributesFile', 'conf/attributes'],
])('what %s names is asked about, from the top of the work tree as from home', async (key, path) => {
  place.write(path, '*.csv\n');
  place.commitAll();
  await place.copy();
  place.agentWrites(path, '');
  for (const value of [path, join(place.project, path)]) {
    git(place.project, 'config', key, value);
    const { asked } = await applied(false);
    expect(asked).toEqual([`${path}: git obeys it (${key.toLowerCase()})`]);
  }
  git(place.project, 'config', key, '');
  expect((await applied(false)).report.written).toEqual([path]);
});

test('the user’s own settings, and what they name, are asked about where the project is no repository', async () => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(place.folder, 'gitconfig'));
  symlinkSync('project/git/settings', join(place.folder, 'gitconfig'));
  place.write('git/settings', `[core]\n\texcludesFile = ${place.project}/git/ignored\n`);
  place.write('git/ignored', '*.csv\n');
  place.write('src/a.ts');
  await place.copy();
  for (const path of ['git/ignored', 'git/settings', 'src/a.ts']) place.agentWrites(path, '');
  const { asked, report } = await applied(false);
  expect(asked).toEqual([
    'git/ignored: git obeys it (core.excludesfile)',
    'git/settings: git reads its settings from it',
  ]);
  expect(report.written).toEqual(['src/a.ts']);
});
