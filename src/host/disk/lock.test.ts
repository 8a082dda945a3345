import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { tryLock } from './lock.ts';

let folder: string;
let path: string;
const gone = JSON.stringify({ pid: spawnSync('true').pid, startTicks: '1' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'x.lock');
});

test('only one of many gets the lock, and another after its release', async () => {
  const taken = (await Promise.all(Array.from({ length: 20 }, async () => await tryLock(path)))).filter(
    Boolean,
  );
  expect(taken).toHaveLength(1);
  await taken[0]?.();
  expect(await tryLock(path)).toBeDefined();
});

test('a lock without an owner goes to one of many', async () => {
  writeFileSync(path, gone);
  const taken = (await Promise.all(Array.from({ length: 20 }, async () => await tryLock(path)))).filter(
    Boolean,
  );
  expect(taken).toHaveLength(1);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('a lock leaves no file but itself', async () => {
  writeFileSync(path, gone);
  const release = await tryLock(path);
  expect(readdirSync(folder)).toEqual(['x.lock']);
  await release?.();
  expect(readdirSync(folder)).toEqual([]);
});
