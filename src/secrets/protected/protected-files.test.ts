import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { protectedValues } from './protected-files.ts';

const project = mkdtempSync(join(tmpdir(), 'protected-'));
mkdirSync(join(project, 'deep/er'), { recursive: true });
for (const [name, text] of Object.entries({
  '.env': 'TOKEN_1=value-a-1',
  '.env.local': 'TOKEN_2=value-b-2',
  'deep/er/.env': 'TOKEN_3=value-c-3',
  other: 'TOKEN_4=value-d-4',
}))
  writeFileSync(join(project, name), text);
symlinkSync(join(project, 'other'), join(project, '.env.link'));
writeFileSync(join(project, 'large'), Buffer.alloc(300_000, 'x'));
afterAll(() => rmSync(project, { recursive: true }));

const found = async (...patterns: string[]): Promise<string[]> =>
  (await protectedValues(patterns, project)).values
    .map(({ value }) => value)
    .sort((a, b) => a.localeCompare(b));

test('protect covers a file, a glob, a folder with its contents, and an absolute path', async () => {
  expect(await found('.env')).toEqual(['value-a-1']);
  expect(await found('.env*')).toEqual(['value-a-1', 'value-b-2']);
  expect(await found('**/.env')).toEqual(['value-a-1', 'value-c-3']);
  expect(await found('deep/**')).toEqual(['value-c-3']);
  expect(await found(join(project, 'other'))).toEqual(['value-d-4']);
});

test('a missing file needs no protection', async () => {
  expect(await found('nothing', 'no/**', '~x')).toEqual([]);
});

test('patterns that match no file are named, because a brace or a link protects nothing', async () => {
  const { idle } = await protectedValues(['.env', '{.env,other}', '.env.link', 'no/**', '**/.env'], project);
  expect(idle).toEqual(['{.env,other}', '.env.link', 'no/**']);
});

test('a value too large to be searched for is an error with its name', async () => {
  await expect(protectedValues(['large'], project)).rejects.toThrow(/large/);
});
