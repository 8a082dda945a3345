import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apply, type ApplyReport } from '../../../src/workspace/apply/apply.ts';
import { git, Place } from './workspace-place.ts';

/**
 * A repository among the files of a project, such as a test fixture: changes that make git run something in it need
 * consent.
 */

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => place.remove());

async function applied(answer: boolean): Promise<{ asked: string[]; report: ApplyReport }> {
  const asked: string[] = [];
  const report = await apply({
    ...place.paths,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked.push(...executed.map(({ path }) => path));
      return answer;
    },
  });
  return { asked, report };
}

const settings = (fsmonitor: string): string =>
  `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = "${fsmonitor}"\n`;

async function changed(): Promise<void> {
  for (const path of ['objects/kept', 'refs/kept']) place.write(`fixtures/repo/${path}`);
  place.write('fixtures/repo/HEAD', 'ref: refs/heads/main\n');
  place.write('fixtures/repo/config', settings(''));
  symlinkSync('../shared', join(place.project, 'fixtures/repo/info'));
  place.write('fixtures/shared/exclude');
  place.commitAll();
  await place.copy();
  place.agentWrites('fixtures/repo/config', settings(place.evil));
  place.agentWrites('fixtures/repo/hooks/pre-commit', `#!/bin/sh\nexec ${place.evil}\n`);
  place.agentWrites('fixtures/repo/refs/heads/other');
  place.agentWrites('fixtures/shared/attributes', '* filter=f\n');
}
const status = (): string => git(join(place.project, 'fixtures/repo'), 'status', '--short');

test('a nested repository needs consent, and does not run without it', async () => {
  await changed();
  const { asked, report } = await applied(false);
  expect(asked).toEqual([
    'fixtures/repo/config',
    'fixtures/repo/hooks/pre-commit',
    'fixtures/shared/attributes',
  ]);
  expect(report.written).toEqual(['fixtures/repo/refs/heads/other']);
  status();
  expect(place.evilRan()).toBe(false);
});

test('a nested repository runs after consent (control)', async () => {
  await changed();
  await applied(true);
  status();
  expect(place.evilRan()).toBe(true);
});

test('a nested repository needs consent with the HEAD that comes in the same apply', async () => {
  place.write('src/a.ts');
  place.commitAll();
  await place.copy();
  for (const path of ['HEAD', 'config', 'objects/kept']) place.agentWrites(`new/${path}`);
  const { asked, report } = await applied(false);
  expect(asked).toEqual(['new/HEAD', 'new/config']);
  expect(report.written).toEqual(['new/objects/kept']);
});

/** Makes a folder with its own `HEAD` whose settings are in `common`, a folder without a `HEAD`. */
async function linked(): Promise<void> {
  place.write('fixtures/own/HEAD', 'ref: refs/heads/main\n');
  place.write('fixtures/own/commondir', '../common\n');
  for (const path of ['objects/kept', 'refs/kept']) place.write(`fixtures/common/${path}`);
  place.write('fixtures/common/config', '[alias]\n\tgo = status\n');
  place.commitAll();
  await place.copy();
  place.agentWrites('fixtures/common/config', `[alias]\n\tgo = !${place.evil}\n`);
}
const go = (): string => git(join(place.project, 'fixtures/own'), '--git-dir=.', '--work-tree=..', 'go');

test('a nested repository needs consent where another one reads its settings', async () => {
  await linked();
  expect((await applied(false)).asked).toEqual(['fixtures/common/config']);
  go();
  expect(place.evilRan()).toBe(false);
});

test('a nested repository that another one reads runs after consent (control)', async () => {
  await linked();
  await applied(true);
  go();
  expect(place.evilRan()).toBe(true);
});

test('a folder named HEAD makes no repository of its parent', async () => {
  place.write('src/HEAD/index.ts');
  place.commitAll();
  await place.copy();
  const paths = [
    'other/HEAD/index.ts',
    'other/hooks/useThing.ts',
    'src/config/index.ts',
    'src/hooks/useThing.ts',
  ];
  for (const path of paths) place.agentWrites(path);
  const { asked, report } = await applied(false);
  expect({ asked, written: report.written }).toEqual({ asked: [], written: paths });
});

test('a link named HEAD makes a repository of its parent', async () => {
  place.write('src/main');
  symlinkSync('main', join(place.project, 'src/HEAD'));
  place.commitAll();
  await place.copy();
  place.agentWrites('src/hooks/post-checkout');
  expect((await applied(false)).asked).toEqual(['src/hooks/post-checkout']);
});

const GAME = ['src/game/config', 'src/game/hooks/useThing.ts', 'src/game/info/help.ts'];
const game = async (): Promise<void> => {
  for (const path of ['objects/a.ts', 'refs/a.ts']) place.write(`src/game/${path}`);
  place.commitAll();
  await place.copy();
  for (const path of GAME) place.agentWrites(path);
};

test("folders named like a repository's make none where nothing leads to them", async () => {
  await game();
  const { asked, report } = await applied(false);
  expect({ asked, written: report.written }).toEqual({ asked: [], written: GAME });
});

test.each([
  ['that comes with them', () => place.agentWrites('other/commondir', '../src/game\n')],
  ['that git ignores', () => place.write('ignored/deep/commondir', '../../../src/game\n')],
])('a commondir %s may lead to them', async (_, lead) => {
  place.write('.gitignore', 'ignored/\n');
  await game();
  lead();
  expect((await applied(false)).asked).toEqual(GAME);
});
