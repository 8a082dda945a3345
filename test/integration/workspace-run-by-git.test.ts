import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apply } from '../../src/workspace/apply.ts';
import { git, Place } from './workspace-place.ts';

/** What the user's own git runs of a project comes back with a consent of its own: with real hooks and filters, and a program that leaves a trace. */

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => place.remove());

/** By which the project runs one of its files, how git comes to it, and which. */
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
    arrange: (project) =>
      writeFileSync(
        join(project, '.git/hooks/pre-commit'),
        '#!/bin/sh\nexec "$(git rev-parse --show-toplevel)/scripts/pc.sh"\n',
        { mode: 0o755 },
      ),
    trigger: COMMIT,
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
  'an alias in a file that is included': {
    path: 'conf/shared',
    arrange: config(['include.path', '../conf/shared']),
    trigger: ['go'],
  },
};

/** What runs `evil`: a script, or a setting that does. */
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

async function applied(answer: boolean) {
  const asked: string[] = [];
  const report = await apply({
    ...place.paths,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked.push(...executed.map(({ path, why }) => `${path}: ${why}`));
      return answer;
    },
  });
  return { asked, report };
}

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  test('is asked about, and does not run without a yes', async () => {
    await arranged(way);
    const { asked, report } = await applied(false);
    expect(asked).toEqual([expect.stringMatching(new RegExp(`^${way.path}: .*git`))]);
    expect(report.written).toEqual(['src/a.ts']);
    git(place.project, ...(way.path === 'conf/shared' ? ['status'] : way.trigger));
    expect(place.evilRan()).toBe(false);
  });

  test('runs once it was agreed to (control)', async () => {
    await arranged(way);
    await applied(true);
    git(place.project, ...way.trigger);
    expect(place.evilRan()).toBe(true);
  });
});

test('is asked about in a project that is a part of a repository', async () => {
  place.write('part/hooks/pre-commit', '#!/bin/sh\n');
  place.commitAll();
  git(place.project, 'config', 'core.hooksPath', 'part/hooks');
  const projectPath = join(place.project, 'part');
  await place.copy(projectPath);
  place.agentWrites('hooks/pre-commit', '#!/bin/sh\necho\n');
  const asked: string[] = [];
  await apply({
    ...place.paths,
    projectPath,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked.push(...executed.map(({ path }) => path));
      return false;
    },
  });
  expect(asked).toEqual(['hooks/pre-commit']);
});

test('what kept something from running is not taken away without a yes', async () => {
  const obeyed = ['.npmrc', '.claude/settings.json'];
  for (const path of [...obeyed, 'src/a.ts']) place.write(path);
  place.commitAll();
  await place.copy();
  for (const path of [...obeyed, 'src/a.ts']) rmSync(join(place.work, path));
  const { asked, report } = await applied(false);
  expect(asked.map((line) => line.split(':')[0])).toEqual(obeyed.toSorted());
  expect(report.deleted).toEqual(['src/a.ts']);
});
