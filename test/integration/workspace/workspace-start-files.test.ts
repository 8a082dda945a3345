import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkMount } from '../../../src/workspace/mount.ts';
import { filesOf } from '../../../src/workspace/executed/own-program.ts';
import { NOTHING_NAMED, type NamedOnHost } from '../../../src/workspace/apply/project-paths.ts';
import { applyAnswering, Place } from './workspace-place.ts';

/**
 * Project files that the next start of a bottle uses, because its manifest names them, need separate consent to come
 * back, whatever their names.
 */

const WHY = 'an image of your bottles is built from it';
const named = (path: string): NamedOnHost => ({ ...NOTHING_NAMED, files: [{ path, why: WHY }] });
let place: Place;
beforeEach(async () => {
  place = new Place();
  place.write('build/agent.df');
  place.write('src/app.ts');
  await place.copy();
  place.startFiles = named(join(place.project, 'build/agent.df'));
});
afterEach(() => place.remove());

const written = async (
  answer: boolean,
): Promise<{ asked: readonly string[]; written: readonly string[] }> => {
  const { asked, report } = await applyAnswering(place, answer);
  return { asked, written: report.written };
};

test('a start file that is named needs consent, and no other does', async () => {
  place.agentWrites('build/agent.df', 'FROM elsewhere\n');
  place.agentWrites('build/readme.txt');
  place.agentWrites('src/app.ts', 'better\n');
  expect(await written(false)).toEqual({
    asked: [`build/agent.df: ${WHY}`],
    written: ['build/readme.txt', 'src/app.ts'],
  });
  expect((await written(true)).written).toEqual(['build/agent.df']);
});

test('a project without start files needs no consent', async () => {
  place.startFiles = NOTHING_NAMED;
  place.agentWrites('build/agent.df', 'FROM elsewhere\n');
  expect(await written(false)).toEqual({ asked: [], written: ['build/agent.df'] });
});

test("a start file's folder that becomes a link, or another spelling, needs consent", async () => {
  place.agentWrites('other/agent.df', 'FROM elsewhere\n');
  place.agentWrites('Build/Agent.df', 'FROM elsewhere\n');
  rmSync(join(place.work, 'build'), { recursive: true });
  symlinkSync('other', join(place.work, 'build'));
  const { asked } = await written(false);
  expect(asked).toEqual(expect.arrayContaining([`Build/Agent.df: ${WHY}`, `build: ${WHY}`]));
});

test("a start file behind a host's link needs consent", async () => {
  const link = join(place.folder, 'agent.df');
  symlinkSync(join(place.project, 'src/app.ts'), link);
  place.startFiles = named(link);
  place.agentWrites('src/app.ts', 'FROM elsewhere\n');
  expect(await written(false)).toEqual({ asked: [`src/app.ts: ${WHY}`], written: [] });
});

test("files named in a secret's script need consent, but not those in its comments or in a binary", async () => {
  const script = join(place.project, 'print/token');
  const files = (path: string): NamedOnHost => ({
    ...NOTHING_NAMED,
    files: [{ path, why: WHY, isScript: true }],
  });
  place.write('print/token', '#!/bin/sh\n# not src/app.ts\ncd "$(dirname "$0")" && . ../lib/common\n');
  place.startFiles = files(script);
  place.agentWrites('lib/common', 'curl elsewhere\n');
  place.agentWrites('src/app.ts', 'better\n');
  expect(await written(false)).toEqual({
    asked: [`lib/common: token has its name in it: ${WHY}`],
    written: ['src/app.ts'],
  });
  place.write('print/token', '\x7fELF\0 lib/common');
  expect((await written(false)).asked).toEqual([]);
});

test('every file in a named start folder needs consent', async () => {
  place.startFiles = named(join(place.project, 'src'));
  place.agentWrites('src/deep/new.ts');
  expect((await written(false)).asked).toEqual([`src/deep/new.ts: ${WHY}`]);
});

test('files of a command and of a pattern need consent, but not a whole project that is named', async () => {
  place.startFiles = {
    files: [{ path: place.project, why: WHY }],
    patterns: [{ text: join(place.project, 'keys/*.json'), why: WHY }],
    texts: [{ text: 'cd ~/project && sh src/app.ts', why: WHY }],
  };
  place.agentWrites('src/app.ts', 'better\n');
  place.agentWrites('src/new.ts');
  place.agentWrites('keys/new.json');
  expect(await written(false)).toEqual({
    asked: [`keys/new.json: ${WHY}`, `src/app.ts: ${WHY}`],
    written: ['src/new.ts'],
  });
});

describe('files of bot-bottle itself', () => {
  const ITSELF = 'bot-bottle runs it on this host';
  afterEach(() => vi.unstubAllEnvs());

  const RUN = ['assets/x.pl', 'bot-bottle', 'dist/cli.cjs', 'package.json', 'scripts/build.ts', 'src/cli.ts'];
  test.each<[string, (project: string) => string, readonly string[]]>([
    ['is the project', (project) => project, RUN],
    ['lies in the project', (project) => join(project, 'tools/bb'), RUN.map((name) => `tools/bb/${name}`)],
    ['has the project among its sources', (project) => join(project, '../..'), ['a.ts', 'deep/b.ts']],
  ])('a file of bot-bottle needs consent when its clone %s', async (_, rootOf, paths) => {
    const projectPath = join(place.folder, 'src/part');
    mkdirSync(dirname(projectPath));
    renameSync(place.project, projectPath);
    symlinkSync(projectPath, place.project);
    const control = paths === RUN ? ['docs/plain.txt'] : paths[0] === 'a.ts' ? [] : ['src/cli.ts'];
    place.startFiles = filesOf({ rootPath: rootOf(projectPath), otherPaths: [] });
    for (const path of [...paths, ...control]) place.agentWrites(path);
    const { asked, report } = await applyAnswering(place, false);
    expect(asked.toSorted()).toEqual(paths.map((path) => `${path}: ${ITSELF}`));
    expect(report.written).toEqual(control);
  });

  test('a file of bot-bottle needs consent when a link on PATH leads to it', async () => {
    const link = join(place.folder, 'bin/bot-bottle');
    mkdirSync(dirname(link));
    place.write('tools/run');
    chmodSync(join(place.project, 'tools/run'), 0o755);
    rmSync(place.bottle, { recursive: true });
    mkdirSync(place.bottle);
    await place.copy();
    symlinkSync(join(place.project, 'tools/run'), link);
    place.startFiles = NOTHING_NAMED;
    vi.stubEnv('PATH', `${dirname(link)}:${process.env['PATH'] ?? ''}`);
    place.agentWrites('tools/run', 'other\n');
    place.agentWrites('src/other.ts', 'other\n');
    expect(await written(false)).toEqual({ asked: [`tools/run: ${ITSELF}`], written: ['src/other.ts'] });
    await expect(checkMount(place.project)).rejects.toMatchObject({
      message: expect.stringContaining(`bot-bottle itself runs from it (${place.project}/tools/run)`),
    });
  });
});
