import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { applyAnswering, git, Place } from './workspace-place.ts';

/**
 * Files from which the user's own git reads its settings, directly or by reference, need consent if they are in the
 * project.
 */

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

const applied = async (answer: boolean) => await applyAnswering(place, answer);

test.each([
  ['core.excludesFile', 'own/ignored'],
  ['core.attributesFile', 'own/attributes'],
  ['gpg.ssh.allowedSignersFile', 'own/signers'],
  ['init.templateDir', 'own/template'],
])("a file that %s names needs consent, from the work tree's top and from home", async (key, path) => {
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

test("the user's settings, and files that they name, need consent where the project is no repository", async () => {
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

/** Nothing in these files says where they are, so only their place can identify them. */
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

test.each(Object.entries(SILENT))('%s: needs consent', async (_, { path, arrange }) => {
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

test.each(['man.m.cmd', 'browser.b.cmd', 'imap.tunnel'])(
  'a file that the command of %s names needs consent',
  async (key) => {
    place.write('tools/it.sh');
    place.commitAll();
    git(place.project, 'config', key, 'sh tools/it.sh');
    await place.copy();
    place.agentWrites('tools/it.sh', 'new\n');
    expect((await applied(false)).asked).toEqual([`tools/it.sh: git runs what has its name (${key})`]);
  },
);

describe('a hooks folder whose name only git can resolve', () => {
  const asked = async (value: string, changed: string): Promise<readonly string[]> => {
    place.write('hk/pre-commit', '#!/bin/sh\n');
    place.write('src/a.ts');
    place.commitAll();
    await place.copy();
    git(place.project, 'config', 'core.hooksPath', value);
    place.agentWrites(changed, 'new\n');
    return (await applied(false)).asked;
  };
  const after = (start: string): string => {
    const at = git(place.project, '-c', `x.y=${start}`, 'config', '--type=path', '--get', 'x.y').trim();
    return `${start}${relative(at, place.project)}/hk`;
  };

  test.each(['~root/', '%(prefix)/'])('a hooks folder with %s needs consent', async (start) => {
    expect(await asked(after(start), 'hk/pre-commit')).toEqual([
      'hk/pre-commit: git takes its hooks from it',
    ]);
  });

  test('a hooks folder that resolves to nothing needs none', async () => {
    expect(await asked(after('~root/'), 'src/a.ts')).toEqual([]);
  });

  test('every file needs consent where git cannot resolve it either', async () => {
    expect(await asked('~nobody-of-that-name/hk', 'src/a.ts')).toEqual([
      'src/a.ts: git may obey it: it cannot be told where core.hookspath leads',
    ]);
  });
});

test('a hooks folder that settings name only for some remote needs consent', async () => {
  const settings = `[includeIf "hasconfig:remote.*.url:https://example.org/**"]\n\tpath = some\n`;
  writeFileSync(place.inHome('.gitconfig'), settings);
  writeFileSync(place.inHome('some'), `[core]\n\thooksPath = ${place.project}/hk\n`);
  for (const path of ['hk/pre-commit', 'src/a.ts']) place.write(path);
  place.commitAll();
  git(place.project, 'config', 'remote.o.url', 'https://example.org/acme/app');
  await place.copy();
  for (const path of ['hk/pre-commit', 'src/a.ts']) place.agentWrites(path, 'new\n');
  expect((await applied(false)).asked).toEqual(['hk/pre-commit: git takes its hooks from it']);
});

test('a project reached by a link needs no more consent than without', async () => {
  const link = join(place.folder, 'link');
  symlinkSync(place.project, link);
  for (const path of ['hk/pre-commit', 'src/a.ts']) place.write(path);
  place.commitAll();
  git(place.project, 'config', 'core.hooksPath', join(link, 'hk'));
  await place.copy(link);
  for (const path of ['hk/pre-commit', 'src/a.ts']) place.agentWrites(path, 'new\n');
  for (const projectPath of [link, place.project]) {
    const { asked } = await applyAnswering(place, false, projectPath);
    expect(asked).toEqual(['hk/pre-commit: git takes its hooks from it']);
  }
});
