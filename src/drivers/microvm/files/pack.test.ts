import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOrThrow } from '../../../host/run.ts';
import { appendArguments } from './pack.ts';

let dir: string;
/** Lines of `tar --list --verbose`. */
let packed: readonly string[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bot-bottle-pack-'));
  const tarPath = join(dir, 'files.tar');
  const hostile = join(dir, '--checkpoint-action=exec=sh x,&\\1');
  mkdirSync(join(hostile, 'sub'), { recursive: true });
  writeFileSync(join(hostile, 'sub', 'file'), 'text');
  linkSync(join(hostile, 'sub', 'file'), join(hostile, 'other'));
  symlinkSync('sub/../../away', join(hostile, 'link'));
  symlinkSync(tarPath, join(hostile, 'outside'));
  chmodSync(join(hostile, 'sub', 'file'), 0o750);
  const one = join(dir, 'one.txt');
  writeFileSync(one, 'x');
  await runOrThrow('tar', ['--create', '--file', tarPath, '--files-from', '/dev/null']);
  for (const [number, path] of [hostile, one].entries())
    await runOrThrow('tar', appendArguments(tarPath, path, number));
  packed = (await runOrThrow('tar', ['--list', '--verbose', '--file', tarPath]))
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d /, ' '));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a folder whose name is an option of tar or sed is packed under its number', () => {
  const names = packed.map((line) => line.split(' ')[2] ?? '');
  expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    '0/',
    '0/link',
    '0/other',
    '0/outside',
    '0/sub/',
    '0/sub/file',
    '1',
  ]);
});

test('the agent owns all packed files, whoever owns them on the host', () => {
  expect(packed.map((line) => line.split(' ')[1])).toEqual(packed.map(() => 'agent/agent'));
});

test('a symbolic link is packed as a link, without its target on the host', () => {
  expect(packed).toContainEqual('lrwxrwxrwx agent/agent 0/link -> sub/../../away');
  expect(packed).toContainEqual(`lrwxrwxrwx agent/agent 0/outside -> ${join(dir, 'files.tar')}`);
});

test('a hard link leads to the numbered file, not to a file of the machine with that name', () => {
  expect(packed.find((line) => line.startsWith('h'))).toMatch(/ link to 0\/(?:other|sub\/file)$/);
});

test('modes of files are kept', () => {
  expect(packed.find((line) => line.startsWith('-') && line.includes(' 0/'))).toMatch(/^-rwxr-x---/);
});
