import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readManifests, userManifestPath } from './find.ts';

let folder: string;
const configBefore = process.env['XDG_CONFIG_HOME'];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'find-')));
  process.env['XDG_CONFIG_HOME'] = join(folder, 'config');
  mkdirSync(join(folder, 'project'));
});
afterEach(() => {
  if (configBefore === undefined) delete process.env['XDG_CONFIG_HOME'];
  else process.env['XDG_CONFIG_HOME'] = configBefore;
  rmSync(folder, { recursive: true });
});

const project = (): string => join(folder, 'project');
const writeProject = (text: string): void => writeFileSync(join(project(), 'bot-bottle.yaml'), text);
function writeUser(text: string): void {
  mkdirSync(join(folder, 'config/bot-bottle'), { recursive: true });
  writeFileSync(userManifestPath(), text, { mode: 0o600 });
}

test("the project's manifest is found, with the user's as the outer one", async () => {
  writeUser('bottles: { safe: {} }\n');
  writeProject('bottles: { web: { extends: safe } }\n');
  const manifest = await readManifests(project());
  expect([manifest.file.origin, manifest.outer?.file.origin]).toEqual(['project', 'user']);
});

test('a single manifest is found alone', async () => {
  writeUser('bottles: { safe: {} }\n');
  expect((await readManifests(project())).file.origin).toBe('user');
  rmSync(userManifestPath());
  writeProject('bottles: { web: {} }\n');
  const manifest = await readManifests(project());
  expect([manifest.file.origin, manifest.outer]).toEqual(['project', undefined]);
});

test('a missing manifest is an error with the searched places, and a file with a similar name', async () => {
  writeFileSync(join(project(), 'bot-bottle.yml'), '');
  await expect(readManifests(project())).rejects.toMatchObject({
    code: 'manifest',
    details: [
      `looked for ${join(project(), 'bot-bottle.yaml')}`,
      `looked for ${userManifestPath()}`,
      'there is a bot-bottle.yml; the name that counts is bot-bottle.yaml',
    ],
    fix: 'write one with: bot-bottle init',
  });
});

test('a named manifest is used alone', async () => {
  writeUser('bottles: { web: {} }\n');
  writeProject('bottles: { nonsense: 1 }\n');
  const named = join(folder, 'other.yaml');
  writeFileSync(named, 'bottles: { web: {} }\n');
  const manifest = await readManifests(project(), named);
  expect([manifest.file.path, manifest.file.origin, manifest.outer]).toEqual([named, 'project', undefined]);
});

test("the user's own manifest is the user's also when it is named, or used from its folder", async () => {
  writeUser('bottles: { web: {} }\n');
  expect((await readManifests(project(), userManifestPath())).file.origin).toBe('user');
  expect((await readManifests(join(folder, 'config/bot-bottle'))).file.origin).toBe('user');
});

test("a project does not get the user's trust by a link to the user's manifest", async () => {
  writeUser('bottles: { web: {} }\n');
  symlinkSync(userManifestPath(), join(project(), 'bot-bottle.yaml'));
  await expect(readManifests(project())).rejects.toThrow('is a symbolic link');
});

test('an unreadable manifest is an error, not skipped', async () => {
  mkdirSync(join(folder, 'config/bot-bottle'), { recursive: true });
  symlinkSync('nowhere', userManifestPath());
  writeProject('bottles: { web: {} }\n');
  await expect(readManifests(project())).rejects.toThrow('is not there');
});
