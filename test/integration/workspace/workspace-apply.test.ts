import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  chmodSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apply, planApplyOf, type ApplyReport } from '../../../src/workspace/apply/apply.ts';
import { hasWork } from '../../../src/workspace/diff/diff.ts';
import { git, me, Place } from './workspace-place.ts';

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => place.remove());

let asked: string[] = [];
const applyWith = (answer: boolean): Promise<ApplyReport> =>
  apply({
    ...place.paths,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked = executed.map(({ path }) => path);
      return answer;
    },
  });
const read = (path: string): string => readFileSync(join(place.project, path), 'utf8');
const inProject = (path: string): boolean =>
  lstatSync(join(place.project, path), { throwIfNoEntry: false }) !== undefined;

test('a new file whose name is not UTF-8 is named as work, and stays in the bottle', async () => {
  place.write('a');
  place.commitAll();
  await place.copy();
  const name = Buffer.concat([Buffer.from(`${place.work}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]);
  writeFileSync(name, 'x');
  expect(await hasWork(place.paths)).toBe(true);
  const { written, staysInBottle } = await applyWith(true);
  expect({ written, staysInBottle }).toEqual({
    written: [],
    staysInBottle: [{ path: 'caf\ufffd.txt', why: 'has a name that is not UTF-8' }],
  });
});

describe("applying the agent's work", () => {
  beforeEach(async () => {
    place.write('.gitignore', 'dist/\n');
    place.write('src/edited.ts', 'old\n');
    place.write('src/deleted.ts');
    place.write('old/only.ts');
    place.write('tool.sh', '#!/bin/sh\n');
    place.write('becomes-folder');
    place.write('becomes-file/a');
    place.commitAll();
    await place.copy();
  });

  test('new, changed, deleted and moved files, modes and links come into the project, and ignored files do not', async () => {
    expect(await hasWork(place.paths)).toBe(false);
    place.agentWrites('src/edited.ts', 'new\n');
    place.agentWrites('deep/er/new file ü.ts');
    place.agentWrites('dist/out.js');
    rmSync(join(place.work, 'src/deleted.ts'));
    rmSync(join(place.work, 'old'), { recursive: true });
    chmodSync(join(place.work, 'tool.sh'), 0o755);
    rmSync(join(place.work, 'becomes-folder'));
    place.agentWrites('becomes-folder/inside');
    rmSync(join(place.work, 'becomes-file'), { recursive: true });
    place.agentWrites('becomes-file');
    symlinkSync('src/edited.ts', join(place.work, 'link'));
    expect(await hasWork(place.paths)).toBe(true);

    const report = await applyWith(true);
    expect(asked).toEqual(['becomes-file', 'becomes-folder', 'becomes-folder/inside', 'tool.sh']);
    expect(report).toMatchObject({ alreadyThere: [], staysInBottle: [], newRefs: [] });
    expect(report.deleted).toEqual(['becomes-file/a', 'old/only.ts', 'src/deleted.ts', 'becomes-folder']);
    expect(read('src/edited.ts')).toBe('new\n');
    expect(read('deep/er/new file ü.ts')).toBe('deep/er/new file ü.ts\n');
    expect(read('becomes-folder/inside')).toBe('becomes-folder/inside\n');
    expect(read('becomes-file')).toBe('becomes-file\n');
    expect(readlinkSync(join(place.project, 'link'))).toBe('src/edited.ts');
    expect(lstatSync(join(place.project, 'tool.sh')).mode & 0o777).toBe(0o755);
    expect(readdirSync(place.project).sort()).toEqual(
      ['.git', '.gitignore', 'becomes-file', 'becomes-folder', 'deep', 'link', 'src', 'tool.sh'].sort(),
    );
    expect(await hasWork(place.paths)).toBe(false);
    expect(await applyWith(false)).toMatchObject({ written: [], deleted: [] });
  });

  test('a file that a test runner would load comes only with separate consent', async () => {
    place.write('t/first.t', 'print "1..1\nok 1\n";\n');
    place.agentWrites('.proverc', `--exec ${place.evil}\n`);
    const prove = () => spawnSync('sh', ['-c', 'prove t'], { cwd: place.project }).status;
    expect((await applyWith(false)).written).toEqual([]);
    expect(prove()).toBe(0);
    expect(place.evilRan()).toBe(false);
    expect((await applyWith(true)).written).toEqual(['.proverc']);
    prove();
    expect(place.evilRan()).toBe(true); // control: after consent, it is loaded
  });

  test("work that conflicts with the user's changes is not applied at all", async () => {
    place.agentWrites('src/edited.ts', 'agent\n');
    place.agentWrites('added');
    rmSync(join(place.work, 'src/deleted.ts'));
    place.write('src/edited.ts', 'user\n');
    place.write('added', 'of the user');
    place.write('src/deleted.ts', 'needed after all');
    await expect(applyWith(true)).rejects.toMatchObject({
      code: 'wouldLoseWork',
      details: [
        'added: is new here and in the project, and differs',
        'src/deleted.ts: was deleted here, and changed in the project',
        'src/edited.ts: changed in the project too',
      ],
    });
    expect(read('src/edited.ts')).toBe('user\n');
    expect(read('added')).toBe('of the user');
    expect(await hasWork(place.paths)).toBe(true);
  });

  test("a file that agents or editors obey through a project's link needs consent", async () => {
    mkdirSync(join(place.project, 'tools'));
    place.write('docs/ai.md');
    place.write('tools/vs/settings.json');
    symlinkSync('docs/ai.md', join(place.project, 'CLAUDE.md'));
    symlinkSync('tools/vs', join(place.project, '.vscode'));
    rmSync(place.bottle, { recursive: true });
    mkdirSync(place.bottle);
    await place.copy();
    place.agentWrites('docs/ai.md', 'obey\n');
    place.agentWrites('tools/vs/tasks.json');
    place.agentWrites('docs/other.md');
    expect((await applyWith(false)).written).toEqual(['docs/other.md']);
    expect(asked).toEqual(['docs/ai.md', 'tools/vs/tasks.json']);
  });

  test('a file below a linked dependency folder needs no more consent than elsewhere', async () => {
    mkdirSync(join(place.project, 'node_modules'));
    symlinkSync('../src', join(place.project, 'node_modules/app'));
    git(place.project, 'add', '-f', 'node_modules');
    rmSync(place.bottle, { recursive: true });
    mkdirSync(place.bottle);
    await place.copy();
    expect(lstatSync(join(place.work, 'node_modules/app')).isSymbolicLink()).toBe(true);
    place.agentWrites('src/edited.ts', 'new\n');
    expect((await applyWith(false)).written).toEqual(['src/edited.ts']);
  });

  test('work that the project has already is no conflict', async () => {
    place.agentWrites('src/edited.ts', 'new\n');
    place.agentWrites('other');
    place.write('src/edited.ts', 'new\n');
    expect(await applyWith(true)).toMatchObject({ written: ['other'], alreadyThere: ['src/edited.ts'] });
    expect(await hasWork(place.paths)).toBe(false);
  });

  test("the agent's work and the user's work combine in different files", async () => {
    place.agentWrites('src/edited.ts', 'agent\n');
    place.write('tool.sh', 'user\n');
    await applyWith(true);
    expect([read('src/edited.ts'), read('tool.sh')]).toEqual(['agent\n', 'user\n']);
    expect(await hasWork(place.paths)).toBe(false);
  });

  test('a plan of an apply changes nothing', async () => {
    place.agentWrites('src/edited.ts', 'new\n');
    const plan = await planApplyOf({ ...place.paths, bottleId: 'bottle-1' });
    expect(plan.writes.map(({ path }) => path)).toEqual(['src/edited.ts']);
    expect(read('src/edited.ts')).toBe('old\n');
    expect(git(place.project, 'status', '--short')).toBe('');
  });

  test("an apply keeps a file's permissions and the user's ownership", async () => {
    chmodSync(join(place.project, 'src/edited.ts'), 0o640);
    place.agentWrites('src/edited.ts', 'new\n');
    await applyWith(true);
    expect(lstatSync(join(place.project, 'src/edited.ts'))).toMatchObject({ uid: me.uid });
    expect(lstatSync(join(place.project, 'src/edited.ts')).mode & 0o777).toBe(0o640);
  });

  test('commits stay in the bottle and count as work, except on the applied branch', async () => {
    place.agentWrites('src/edited.ts', 'new\n');
    git(place.work, 'commit', '-q', '-a', '-m', 'of the agent');
    git(place.work, 'branch', 'idea');
    expect((await applyWith(true)).newRefs).toEqual(['refs/heads/idea', 'refs/heads/main']);
    expect(git(place.project, 'log', '--format=%s')).toBe('first\n');
    expect(await hasWork(place.paths)).toBe(false);
    git(place.work, 'checkout', '-q', 'idea');
    git(place.work, 'commit', '-q', '--allow-empty', '-m', 'more');
    git(place.work, 'checkout', '-q', 'main');
    expect(await hasWork(place.paths)).toBe(true);
  });

  test('work in a nested repository counts too', async () => {
    mkdirSync(join(place.work, 'nested'));
    place.agentWrites('nested/file');
    place.commitAll(join(place.work, 'nested'));
    expect(await applyWith(true)).toMatchObject({ written: ['nested/file'] });
    expect(inProject('nested/.git')).toBe(false);
  });
});

describe('files that programs of the host run', () => {
  beforeEach(async () => {
    place.write('package.json', '{"name":"x","scripts":{"test":"vitest"}}');
    place.write('src/a');
    await place.copy();
  });

  test.each([
    '.github/workflows/ci.yml',
    '.vscode/tasks.json',
    'packages/one/.VSCode/settings.json',
    '.claude/settings.json',
    '.mcp.json',
    '.envrc',
    '.husky/pre-commit',
    '.gitattributes',
    'Makefile',
    'sub/.npmrc',
    'bot-bottle.yaml',
    '.worktreeinclude',
    'bare/HEAD',
  ])('%s comes only with separate consent', async (path) => {
    place.agentWrites(path);
    place.agentWrites('src/a', 'changed');
    expect(await applyWith(false)).toMatchObject({ written: ['src/a'], staysInBottle: [{}] });
    expect(existsSync(join(place.project, path))).toBe(false);
    expect(await hasWork(place.paths)).toBe(true);
    expect(asked).toHaveLength(1);
    expect((await applyWith(true)).written).toEqual(asked);
    expect(existsSync(join(place.project, path))).toBe(true);
  });

  test('a package.json without scripts, or a .gitignore, needs consent in a folder that is run whole', async () => {
    const paths = ['.vscode/package.json', 'Node_modules/.gitignore', 'Node_modules/a/package.json'];
    for (const path of paths) place.agentWrites(path, path.endsWith('json') ? '{"main":"evil.js"}' : 'x\n');
    expect((await applyWith(false)).written).toEqual([]);
    expect(asked).toEqual(paths);
  });

  test('a package.json needs consent only where its scripts change', async () => {
    place.agentWrites('package.json', '{"name":"y","scripts":{"test":"vitest"}}');
    expect(await applyWith(false)).toMatchObject({ written: ['package.json'] });
    place.agentWrites('package.json', '{"name":"y","scripts":{"test":"vitest","postinstall":"evil"}}');
    expect(await applyWith(false)).toMatchObject({ written: [], staysInBottle: [{ path: 'package.json' }] });
  });

  test('a link in place of a folder that is run needs consent', async () => {
    place.agentWrites('harmless/workflows/x.yml');
    symlinkSync('harmless', join(place.work, '.github'));
    expect(await applyWith(false)).toMatchObject({
      staysInBottle: [{ path: '.github' }, { path: 'harmless/workflows/x.yml' }],
    });
  });
});

const FORGIVES_CASE = existsSync(import.meta.filename.toUpperCase());

describe('a new file in another spelling of an excluded one', () => {
  beforeEach(async () => {
    place.write('.gitignore', 'build/\ndata.csv\n');
    place.write('src/a');
    place.commitAll();
    place.write('build/out.js');
    place.write('data.csv');
    await place.copy();
    place.agentWrites('Build/new.txt');
    place.agentWrites('Data.csv', 'of the agent');
  });

  test.skipIf(FORGIVES_CASE)('such a file comes where both spellings differ', async () => {
    expect((await applyWith(false)).written).toEqual(['Build/new.txt', 'Data.csv']);
    expect(read('data.csv')).toBe('data.csv\n');
  });

  // A second name of the file imitates a file system that does not distinguish the two.
  test('such a file is refused where the file system does not', async () => {
    if (!FORGIVES_CASE) linkSync(join(place.project, 'data.csv'), join(place.project, 'Data.csv'));
    const why = 'was left out of the bottle; the project has its own';
    expect((await applyWith(true)).staysInBottle).toContainEqual({ path: 'Data.csv', why });
    expect(read('data.csv')).toBe('data.csv\n');
  });

  test('such a file needs consent where the project has lost its own', async () => {
    rmSync(join(place.project, 'build'), { recursive: true });
    await applyWith(false);
    expect(asked).toEqual(['Build/new.txt']);
    expect(inProject('Build')).toBe(false);
  });
});
