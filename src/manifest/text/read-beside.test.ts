import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestFile } from '../../../test/support/manifest.ts';
import { readBeside } from './read-beside.ts';
import type { Origin } from './read.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'beside-')));
  mkdirSync(join(folder, 'project/prompts'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'a private key');
});
afterEach(() => rmSync(folder, { recursive: true }));

const inProject = (name: string): string => join(folder, 'project', name);
const read = async (relativePath: string, origin: Origin = 'project') =>
  await readBeside({
    manifest: { ...manifestFile('bottles: {}\n', origin), path: inProject('bot-bottle.yaml') },
    relativePath,
  });

test('a file below the manifest is read', async () => {
  writeFileSync(inProject('prompts/a.md'), 'Be careful.\n');
  expect(await read('prompts/a.md')).toBe('Be careful.\n');
});

describe('a project gets nothing from outside its folder', () => {
  test('a project gets no file outside its folder by a symbolic link to a file', async () => {
    symlinkSync(join(folder, 'secret'), inProject('prompts/a.md'));
    expect(readFileSync(inProject('prompts/a.md'), 'utf8')).toBe('a private key');
    await expect(read('prompts/a.md')).rejects.toThrow('does not lie in the folder of the manifest');
  });

  test('a project gets no file outside its folder by a symbolic link to a folder', async () => {
    rmSync(inProject('prompts'), { recursive: true });
    symlinkSync(folder, inProject('prompts'));
    expect(readFileSync(inProject('prompts/secret'), 'utf8')).toBe('a private key');
    await expect(read('prompts/secret')).rejects.toThrow('does not lie in the folder of the manifest');
  });

  test('a project gets no file from a folder whose name begins like its own', async () => {
    mkdirSync(join(folder, 'project-private'));
    writeFileSync(join(folder, 'project-private/a.md'), 'private');
    symlinkSync('../project-private/a.md', inProject('a.md'));
    await expect(read('a.md')).rejects.toMatchObject({
      message: 'a.md, which bot-bottle.yaml names, does not lie in the folder of the manifest',
      fix: expect.stringMatching('^put a copy'),
    });
  });

  test('a project gets no file through a link inside it, which may be kept out of the bottle', async () => {
    writeFileSync(inProject('.env'), 'TOKEN=x');
    symlinkSync('../.env', inProject('prompts/a.md'));
    await expect(read('prompts/a.md')).rejects.toMatchObject({
      message:
        'prompts/a.md, which bot-bottle.yaml names, is a symbolic link, lies in a folder that is one, or is spelt otherwise there',
      fix: expect.stringMatching('^name the file that it leads to'),
    });
    mkdirSync(inProject('private'));
    writeFileSync(inProject('private/b.md'), 'private');
    symlinkSync('private', inProject('public'));
    await expect(read('public/b.md')).rejects.toThrow('lies in a folder that is one');
    expect(await read('./public/../private//b.md')).toBe('private');
  });

  test('a project gets its files although its own path contains links', async () => {
    writeFileSync(inProject('a.md'), 'text');
    symlinkSync('project', join(folder, 'link'));
    const manifest = {
      ...manifestFile('bottles: {}\n', 'project'),
      path: join(folder, 'link/bot-bottle.yaml'),
    };
    expect(await readBeside({ manifest, relativePath: 'a.md' })).toBe('text');
  });
});

test('the user’s own manifest may name links to elsewhere', async () => {
  symlinkSync(join(folder, 'secret'), inProject('a.md'));
  expect(await read('a.md', 'user')).toBe('a private key');
});

test('an unreadable file, and one that is no text, are errors with its name', async () => {
  execFileSync('mkfifo', [inProject('pipe')]);
  writeFileSync(inProject('large'), Buffer.alloc(1024 * 1024 + 1, 'a'));
  writeFileSync(inProject('binary'), Buffer.from([0xff, 0xfe, 0x00]));
  await expect(read('pipe')).rejects.toThrow('pipe, which bot-bottle.yaml names, is not a file');
  await expect(read('prompts')).rejects.toThrow('is not a file');
  await expect(read('large')).rejects.toThrow('is larger than 1024 KiB');
  await expect(read('binary')).rejects.toThrow('cannot be read');
  await expect(read('missing')).rejects.toMatchObject({ code: 'manifest' });
});
