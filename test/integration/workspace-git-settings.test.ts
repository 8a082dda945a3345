import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
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

/** Nothing is in them that says where they are, so that only their place can. */
const SILENT: Readonly<Record<string, { readonly path: string; readonly arrange: () => void }>> = {
  'the settings at home, which have only a comment': {
    path: 'dots/gitconfig',
    arrange: () => symlinkSync(join(place.project, 'dots/gitconfig'), place.inHome('.gitconfig')),
  },
  'settings that a variable names, and that are not there yet': {
    path: 'dots/new',
    arrange: () => vi.stubEnv('GIT_CONFIG_GLOBAL', join(place.project, 'dots/new')),
  },
  'the settings of the system': {
    path: 'dots/system',
    arrange: () => vi.stubEnv('GIT_CONFIG_SYSTEM', join(place.project, 'dots/system')),
  },
  ...Object.fromEntries(
    ['config', 'ignore', 'attributes'].map((name) => [
      `${name} in a folder for git that is a link into the project`,
      {
        path: `dots/git/${name}`,
        arrange: () => symlinkSync(join(place.project, 'dots/git'), place.inHome('.config/git')),
      },
    ]),
  ),
  'a list in the folder that XDG names': {
    path: 'dots/git/ignore',
    arrange: () => {
      mkdirSync(join(place.folder, 'xdg'));
      symlinkSync(join(place.project, 'dots/git'), join(place.folder, 'xdg/git'));
      vi.stubEnv('XDG_CONFIG_HOME', join(place.folder, 'xdg'));
    },
  },
  ...Object.fromEntries(
    ['config', 'info/exclude', 'info/attributes'].map((name) => [
      `${name} of the repository, which is a link`,
      {
        path: `dots/${name}`,
        arrange: () => {
          mkdirSync(join(place.project, '.git/info'), { recursive: true });
          rmSync(join(place.project, '.git', name), { force: true });
          symlinkSync(join(place.project, 'dots', name), join(place.project, '.git', name));
        },
      },
    ]),
  ),
};

test.each(Object.entries(SILENT))('%s: asked about', async (_, { path, arrange }) => {
  place.write(path, path.endsWith('new') ? '[a]\n' : '# nothing yet\n');
  place.write('src/a.ts');
  place.commitAll();
  if (path.endsWith('new')) rmSync(join(place.project, path));
  arrange();
  await place.copy();
  for (const changed of [path, 'src/a.ts']) place.agentWrites(changed, `# ${place.evil}\n`);
  const { asked, report } = await applied(false);
  expect(asked).toEqual([expect.stringMatching(new RegExp(`^${path}: git (reads|obeys)`))]);
  expect(report.written).toEqual(['src/a.ts']);
});
