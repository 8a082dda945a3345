import { linkSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkMount } from '../../../src/workspace/mount.ts';
import { Place } from './workspace-place.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
  place.write('src/main.ts');
});
afterEach(() => place.remove());

test('mounting a project names its secrets', async () => {
  place.write('.env', 'TOKEN=1');
  place.write('tls/key.pem', '-----BEGIN PRIVATE KEY-----');
  const { secrets, sharedFiles } = await checkMount(place.project);
  expect(secrets.map(({ path }) => path).sort()).toEqual(['.env', 'tls/key.pem']);
  expect(sharedFiles).toEqual([]);
});

test('mounting a project names files that have another name outside', async () => {
  linkSync(join(place.project, 'src/main.ts'), join(place.folder, 'elsewhere'));
  place.write('inside');
  linkSync(join(place.project, 'inside'), join(place.project, 'also inside'));
  expect((await checkMount(place.project)).sharedFiles).toEqual(['src/main.ts']);
});

test('a folder in which a program of the host listens is not mounted', async () => {
  const server = createServer((socket) => socket.end('of the host')).listen(
    join(place.project, 'src/api.sock'),
  );
  await new Promise((listening) => server.once('listening', listening));
  try {
    await expect(checkMount(place.project)).rejects.toMatchObject({
      code: 'policy',
      details: ['Unix socket src/api.sock', 'the agent could talk to it, past the gateway'],
    });
  } finally {
    server.close();
  }
});

test.each([
  ['the home folder', () => homedir()],
  [
    'the home folder by another name',
    () => {
      symlinkSync(homedir(), join(place.folder, 'home'));
      return join(place.folder, 'home');
    },
  ],
])('%s is not mounted', async (_, folder) => {
  await expect(checkMount(folder())).rejects.toMatchObject({ code: 'policy' });
});

describe('folders that are elsewhere, like dotfiles', () => {
  afterEach(() => vi.unstubAllEnvs());
  const VARIABLES = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'];

  test("a folder is not mounted if links of the home folder or of bot-bottle's files lead to it", async () => {
    const home = place.project;
    vi.stubEnv('HOME', home);
    for (const name of VARIABLES) vi.stubEnv(name, '');
    for (const path of ['dots/config/bot-bottle/x', 'keys/ssh/x', 'manifests/mine.yaml', 'other/x'])
      place.write(path);
    symlinkSync('dots/config', join(home, '.config'));
    symlinkSync('keys/ssh', join(home, '.ssh'));
    symlinkSync('../../../manifests/mine.yaml', join(home, 'dots/config/bot-bottle/bot-bottle.yaml'));
    for (const folder of ['dots', 'dots/config', 'dots/config/bot-bottle', 'keys', 'keys/ssh', 'manifests'])
      await expect(checkMount(join(home, folder))).rejects.toMatchObject({ code: 'policy' });
    await expect(checkMount(join(home, 'other'))).resolves.toMatchObject({ secrets: [] });
  });
});
