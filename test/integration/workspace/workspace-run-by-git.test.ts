import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { applyAnswering, git, Place } from './workspace-place.ts';

/**
 * Files of a project that the user's own git runs need separate consent to come back. Uses real hooks and filters, and
 * a program that leaves a trace.
 */

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

/** A way in which the project makes git run one of its files: its setup, the git command, and the file. */
interface Way {
  readonly path: string;
  readonly arrange: (project: string) => void;
  readonly trigger: readonly string[];
}

const COMMIT = ['commit', '-q', '--allow-empty', '-m', 'second'];
const config =
  (...settings: readonly (readonly [string, string])[]) =>
  (project: string): void => {
    for (const [key, value] of settings) git(project, 'config', key, value);
  };

const WAYS: Readonly<Record<string, Way>> = {
  'a folder of hooks': {
    path: 'hooks/pre-commit',
    arrange: config(['core.hooksPath', 'hooks']),
    trigger: COMMIT,
  },
  'a link among the hooks': {
    path: 'scripts/pc.sh',
    arrange: (project) => symlinkSync('../../scripts/pc.sh', join(project, '.git/hooks/pre-commit')),
    trigger: COMMIT,
  },
  'a hook that calls it': {
    path: 'scripts/pc.sh',
    arrange: (project) => writeHook(project, 'exec "$(git rev-parse --show-toplevel)/scripts/pc.sh"'),
    trigger: COMMIT,
  },
  'a hook that calls one with a blank and an umlaut in its name': {
    path: 'scripts/my prüf.sh',
    arrange: (project) => writeHook(project, 'exec "./scripts/my prüf.sh"'),
    trigger: COMMIT,
  },
  'a hook that runs all of a folder': {
    path: 'tools/pc.d/10-check',
    arrange: (project) => writeHook(project, 'for f in tools/pc.d/*; do sh "$f"; done'),
    trigger: COMMIT,
  },
  'a hook that leaves an extension out': {
    path: 'scripts/lint.sh',
    arrange: (project) => writeHook(project, 'part=scripts/lint; exec ./$part.sh'),
    trigger: COMMIT,
  },
  'an include in a file that is included': {
    path: 'conf/shared',
    arrange: (project) => {
      writeFileSync(join(project, '.git/outer'), '[include]\n\tpath = ../conf/shared\n');
      config(['include.path', 'outer'])(project);
    },
    trigger: ['go'],
  },
  'a filter': {
    path: 'tools/clean.sh',
    arrange: (project) => {
      config(['filter.f.clean', 'sh tools/clean.sh'])(project);
      writeFileSync(join(project, '.git/info/attributes'), '*.txt filter=f\n');
      writeFileSync(join(project, 'new.txt'), 'new\n');
    },
    trigger: ['add', 'new.txt'],
  },
  'a folder that one of the user’s two files of settings names': {
    path: 'hk/pre-commit',
    arrange: (project) => {
      writeFileSync(place.inHome('.gitconfig'), '[user]\n\tname = x\n');
      writeFileSync(place.inHome('.config/git/config'), `[core]\n\thooksPath = ${project}/hk\n`);
    },
    trigger: COMMIT,
  },
  'an alias in a file that is included': {
    path: 'conf/shared',
    arrange: config(['include.path', '../conf/shared']),
    trigger: ['go'],
  },
};

function writeHook(project: string, script: string): void {
  writeFileSync(join(project, '.git/hooks/pre-commit'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Returns content that runs `evil`: a script, or a setting. */
const evilIn = (path: string): string =>
  path === 'conf/shared' ? `[alias]\n\tgo = !${place.evil}\n` : `#!/bin/sh\nexec ${place.evil}\n`;

async function arranged({ path, arrange }: Way): Promise<void> {
  place.write(path, path === 'conf/shared' ? '[user]\n\tname = x\n' : '#!/bin/sh\ncat\n');
  chmodSync(join(place.project, path), 0o755);
  place.write('src/a.ts');
  place.commitAll();
  mkdirSync(join(place.project, '.git/hooks'), { recursive: true });
  mkdirSync(join(place.project, '.git/info'), { recursive: true });
  arrange(place.project);
  await place.copy();
  place.agentWrites(path, evilIn(path));
  place.agentWrites('src/a.ts', 'new\n');
}

const applied = async (answer: boolean) => await applyAnswering(place, answer);

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  test('a program that git runs needs consent, and does not run without it', async () => {
    await arranged(way);
    const { asked, report } = await applied(false);
    expect(asked).toEqual([expect.stringMatching(new RegExp(`^${way.path}: .*git`))]);
    expect(report.written).toEqual(['src/a.ts']);
    git(place.project, ...(way.path === 'conf/shared' ? ['status'] : way.trigger));
    expect(place.evilRan()).toBe(false);
  });

  test('a program that git runs works after consent (control)', async () => {
    await arranged(way);
    await applied(true);
    git(place.project, ...way.trigger);
    expect(place.evilRan()).toBe(true);
  });
});

test('a program that git runs needs consent in a project that is part of a repository', async () => {
  place.write('part/hooks/pre-commit', '#!/bin/sh\n');
  place.commitAll();
  git(place.project, 'config', 'core.hooksPath', 'part/hooks');
  const projectPath = join(place.project, 'part');
  await place.copy(projectPath);
  place.agentWrites('hooks/pre-commit', '#!/bin/sh\necho\n');
  const { asked } = await applyAnswering(place, false, projectPath);
  expect(asked).toEqual([expect.stringMatching(/^hooks\/pre-commit: git takes its hooks/)]);
});

/** Links on the way to a hook, which the agent redirects to a file of its own. */
const TURNED: Readonly<
  Record<string, { readonly before: () => void; readonly turn: () => readonly string[] }>
> = {
  'a link that a hook leads over': {
    before: () => {
      place.write('tools/pc-1.sh', '#!/bin/sh\n');
      symlinkSync('pc-1.sh', join(place.project, 'tools/pc.sh'));
      symlinkSync('../../tools/pc.sh', join(place.project, '.git/hooks/pre-commit'));
    },
    turn: () => {
      rmSync(join(place.work, 'tools/pc.sh'));
      place.agentWrites('tools/pc.sh', evilIn(''));
      return ['tools/pc.sh'];
    },
  },
  'a folder that is a link': {
    before: () => {
      place.write('tools/v1/hooks/pre-commit', '#!/bin/sh\n');
      symlinkSync('v1', join(place.project, 'tools/current'));
      git(place.project, 'config', 'core.hooksPath', 'tools/current/hooks');
    },
    turn: () => {
      rmSync(join(place.work, 'tools/current'));
      symlinkSync('v2', join(place.work, 'tools/current'));
      place.agentWrites('tools/v2/hooks/pre-commit', evilIn(''));
      return ['tools/current', 'tools/v2/hooks/pre-commit'];
    },
  },
  'a folder of hooks that is not there': {
    before: () => git(place.project, 'config', 'core.hooksPath', 'dev/hooks'),
    turn: () => {
      symlinkSync('other', join(place.work, 'dev'));
      place.agentWrites('other/hooks/pre-commit', evilIn(''));
      return ['dev', 'other/hooks/pre-commit'];
    },
  },
};

test.each(Object.entries(TURNED))('a redirected %s needs consent', async (_, { before, turn }) => {
  place.write('src/a.ts');
  place.commitAll();
  mkdirSync(join(place.project, '.git/hooks'), { recursive: true });
  before();
  await place.copy();
  const turned = turn();
  const { asked } = await applied(false);
  expect(asked.map((line) => line.split(':')[0])).toEqual(turned);
  git(place.project, ...COMMIT);
  expect(place.evilRan()).toBe(false);
});

test('a nested repository has separate hooks, which need consent', async () => {
  place.write('src/a.ts');
  place.commitAll();
  place.write('sub/hooks/pre-commit', '#!/bin/sh\n');
  place.commitAll(join(place.project, 'sub'));
  git(join(place.project, 'sub'), 'config', 'core.hooksPath', 'hooks');
  await place.copy();
  place.agentWrites('sub/hooks/pre-commit', evilIn(''));
  const { asked } = await applied(false);
  expect(asked).toEqual([expect.stringMatching(/^sub\/hooks\/pre-commit: git takes its hooks/)]);
});

test('disabled hooks need no consent, and a name that is no file does not block', async () => {
  place.write('src/a.ts');
  place.write('README.md');
  place.commitAll();
  mkdirSync(join(place.project, '.git/hooks'), { recursive: true });
  writeHook(place.project, '# see README.md\ntrue');
  execFileSync('mkfifo', [join(place.project, '.git/hooks/pre-push')]);
  await place.copy();
  place.agentWrites('README.md', 'new\n');
  expect((await applied(false)).asked).toEqual([]);
  git(place.project, 'config', 'core.hooksPath', '');
  place.agentWrites('src/a.ts', 'new\n');
  const { asked, report } = await applied(false);
  expect({ asked, written: report.written }).toEqual({ asked: [], written: ['src/a.ts'] });
});

test.each([
  ['a file in place of a folder', 'b/Makefile', 'b'],
  ['a folder in place of a file', 'Makefile', 'Makefile/a'],
])('%s that gives up an obeyed file: both or none are applied', async (_, gone, comes) => {
  for (const path of [gone, 'z.ts']) place.write(path);
  place.commitAll();
  await place.copy();
  rmSync(join(place.work, gone.split('/')[0] ?? ''), { recursive: true });
  place.agentWrites(comes);
  place.agentWrites('z.ts', 'new\n');
  const declined = await applied(false);
  expect(declined.asked.map((line) => line.split(':')[0])).toEqual([comes, gone].toSorted());
  expect(declined.report).toMatchObject({ written: ['z.ts'], deleted: [] });
  expect((await applied(true)).report).toMatchObject({ written: [comes], deleted: [gone] });
});

test('a file that kept another from running is not removed without consent', async () => {
  const obeyed = ['.npmrc', '.claude/settings.json'];
  for (const path of [...obeyed, 'src/a.ts']) place.write(path);
  place.commitAll();
  await place.copy();
  for (const path of [...obeyed, 'src/a.ts']) rmSync(join(place.work, path));
  const { asked, report } = await applied(false);
  expect(asked.map((line) => line.split(':')[0])).toEqual(obeyed.toSorted());
  expect(report.deleted).toEqual(['src/a.ts']);
});
