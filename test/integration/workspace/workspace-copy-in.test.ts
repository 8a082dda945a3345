import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc62Of } from '../../../src/gateway/dlp/rules/checks.ts';
import { copyIn } from '../../../src/workspace/copy/copy-in.ts';
import { onlyWhole } from '../../support/suites/mode.ts';
import { git, me, Place, reasons } from './workspace-place.ts';

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => place.remove());

describe('copying a folder without a repository', () => {
  test('the folder comes whole, except for secrets, dependencies and ignored files', async () => {
    place.write('.gitignore', '*.log\n');
    place.write('a b/ü.txt');
    place.write('x.log');
    place.write('.env');
    place.write('node_modules/x/index.js');
    const report = await place.copy();
    expect(reasons(report)).toEqual({ 'x.log': 'ignored', '.env': 'secret', 'node_modules/': 'ignored' });
    expect(readFileSync(join(place.work, 'a b/ü.txt'), 'utf8')).toBe('a b/ü.txt\n');
    expect(existsSync(join(place.work, '.git'))).toBe(false);
  });

  test('links stay links, and lead nowhere outside', async () => {
    place.write('real/file');
    symlinkSync('real/file', join(place.project, 'inside'));
    symlinkSync('/etc/passwd', join(place.project, 'absolute'));
    symlinkSync('../elsewhere', join(place.project, 'real/up'));
    symlinkSync('../../elsewhere', join(place.project, 'real/outside'));
    const report = await place.copy();
    expect(readlinkSync(join(place.work, 'inside'))).toBe('real/file');
    expect(readlinkSync(join(place.work, 'real/up'))).toBe('../elsewhere');
    expect(reasons(report)).toEqual({ absolute: 'outside symlink', 'real/outside': 'outside symlink' });
  });

  // Each costs ten seconds of waiting for git.
  test.each(['nested/.git/HEAD', ...onlyWhole(['.gitignore', 'deep/er/.gitignore'])])(
    'a FIFO that git would wait for is refused by name: %s',
    async (name) => {
      place.write('a.txt');
      const path = join(place.project, name);
      mkdirSync(join(path, '..'), { recursive: true });
      execFileSync('mkfifo', [path]);
      await expect(place.copy()).rejects.toThrow(`${path} is not a file`);
    },
  );

  test('special files stay out, and setuid bits are dropped', async () => {
    place.write('bin/tool');
    chmodSync(join(place.project, 'bin/tool'), 0o6755);
    execFileSync('mkfifo', [join(place.project, 'pipe')]);
    const server = createServer().listen(join(place.project, 'bin/socket'));
    await new Promise((listening) => server.once('listening', listening));
    const report = await place.copy();
    server.close();
    expect(reasons(report)).toEqual({ pipe: 'fifo', 'bin/socket': 'socket' });
    expect(lstatSync(join(place.work, 'bin/tool')).mode & 0o7777).toBe(0o755);
  });

  test('a large file comes whole', async () => {
    place.write('large.bin', 'x'.repeat(3_000_000));
    expect(await place.copy()).toMatchObject({ copiedFiles: 1, bytes: 3_000_000 });
    expect(statSync(join(place.work, 'large.bin')).size).toBe(3_000_000);
    expect(statSync(join(place.base, 'tree/large.bin')).size).toBe(3_000_000);
  });
});

describe('secrets under any name', () => {
  const key = (): string =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

  beforeEach(() => {
    place.write('src/main.ts', 'export const answer = 42;\n');
    place.write('docs/notes.txt', key());
    place.write('data/account.txt', JSON.stringify({ type: 'service_account', private_key: key() }));
    place.write('test/keys/first.pem', key());
    const drawn = 'x7Kq2Wm9Zr4Tn8Bv3Yc6x7Kq2Wm9Zr';
    place.write('src/login.ts', `const token = 'ghp_${drawn}${crc62Of(drawn)}';\n`);
    const der = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs1',
      format: 'der',
    });
    writeFileSync(join(place.project, 'test/keys/second'), der);
  });

  test('secrets stay out by their content, and the start names those in the history', async () => {
    place.commitAll();
    place.write('untracked.txt', key());
    const report = await place.copy();
    expect(
      report.leftOut.map(({ path, isTracked }) => `${path}${isTracked === true ? ' tracked' : ''}`).sort(),
    ).toEqual([
      'data/account.txt tracked',
      'docs/notes.txt tracked',
      'src/login.ts tracked',
      'test/keys/first.pem tracked',
      'test/keys/second tracked',
      'untracked.txt',
    ]);
    expect(report.copiedFiles).toBe(1);
  });

  test('secrets come in where the manifest names them, and the others do not', async () => {
    place.copyAnyway = ['test/**', 'docs/*.txt'];
    const { secretsIn, leftOut } = await place.copy();
    expect(secretsIn).toEqual(['docs/notes.txt', 'test/keys/first.pem', 'test/keys/second']);
    expect(leftOut.map(({ path }) => path)).toEqual(['data/account.txt', 'src/login.ts']);
  });
});

test('a copy belongs to the agent, and its base to the launcher', async () => {
  place.write('src/a');
  place.commitAll();
  const owner = me.uid === 0 ? { uid: 1_879_100_000, gid: 1_879_100_000 } : me;
  await copyIn({ ...place.paths, owner, findSecret: () => undefined, copyAnyway: [] });
  for (const path of ['', 'src', 'src/a', '.git', '.git/index', '.git/objects'])
    expect(lstatSync(join(place.work, path))).toMatchObject(owner);
  expect(lstatSync(join(place.base, 'tree/src/a')).uid).toBe(me.uid);
});

test.each([
  ['the home folder', () => homedir()],
  ['a folder with the home folder in it', () => '/'],
  ['what is not there', () => join(place.folder, 'nothing')],
  ['a file', () => place.evil],
  [
    'a link that leads nowhere',
    () => {
      symlinkSync('nothing', join(place.folder, 'link'));
      return join(place.folder, 'link');
    },
  ],
])('%s is refused as a project', async (_, path) => {
  await expect(place.copy(path())).rejects.toMatchObject({ code: 'usage' });
  expect(readdirSync(place.bottle)).toEqual([]);
});

test('a project may be named by a symlink', async () => {
  place.write('src/a');
  place.commitAll();
  symlinkSync(place.project, join(place.folder, 'link'));
  expect(await place.copy(join(place.folder, 'link'))).toMatchObject({ copiedFiles: 1, leftOut: [] });
  expect(git(place.work, 'status', '--short')).toBe('');
});

test('an existing copy is not overwritten', async () => {
  place.write('a');
  await place.copy();
  writeFileSync(join(place.work, 'a'), 'work of the agent');
  await expect(place.copy()).rejects.toMatchObject({ code: 'wouldLoseWork' });
  expect(readFileSync(join(place.work, 'a'), 'utf8')).toBe('work of the agent');
});

test('a copy that is killed at any moment is whole or absent, and the next one finishes', async () => {
  for (let index = 0; index < 400; index += 1) place.write(`d${index % 20}/f${index}`);
  place.commitAll();
  const script = `import { copyIn } from ${JSON.stringify(resolve('src/workspace/copy/copy-in.ts'))};
await copyIn({ ...JSON.parse(process.argv[2]), findSecret: () => undefined, copyAnyway: [] });`;
  writeFileSync(join(place.folder, 'copy.mts'), script);
  const states: string[] = [];
  for (const delayMs of [0, 250, 300, 320, 340, 360, 380, 400, 430, 460, 5000]) {
    rmSync(place.work, { recursive: true, force: true });
    const args = [join(place.folder, 'copy.mts'), JSON.stringify({ ...place.paths, owner: me })];
    await killedAfter(delayMs, spawn(resolve('node_modules/.bin/tsx'), args, { detached: true }));
    states.push(existsSync(place.work) ? `whole${git(place.work, 'status', '--short')}` : 'none');
  }
  expect(new Set(states)).toEqual(new Set(['none', 'whole']));
  rmSync(place.work, { recursive: true, force: true });
  expect(await place.copy()).toMatchObject({ copiedFiles: 400 });
  expect(readdirSync(place.bottle).sort()).toEqual(['base', 'work']);
});

async function killedAfter(delayMs: number, child: ChildProcess): Promise<void> {
  const over = once(child, 'exit');
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), delayMs);
  await over;
  clearTimeout(timer);
}
