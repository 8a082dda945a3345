import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BottleRecord } from './record.ts';
import { bottlePaths, createRecord, findRecord, forget, readAll, readRecord } from './store.ts';
import { collectGarbage } from '../teardown/gc.ts';
import { ownIdentity } from '../../host/processes.ts';

const record = (id: string, more: Partial<BottleRecord> = {}): BottleRecord => ({
  version: 1,
  id,
  agent: 'fixer',
  bottle: 'web',
  phase: 'stopped',
  startedAt: '2026-01-01T00:00:00.000Z',
  owner: ownIdentity(),
  detached: false,
  spec: { id, rung: { engine: 'bubblewrap', runtime: 'bubblewrap' } } as BottleRecord['spec'],
  workspace: { mode: 'none' },
  resources: [],
  ...more,
});

function writeRaw(id: string, text: string): void {
  mkdirSync(bottlePaths(id).dir, { recursive: true });
  writeFileSync(bottlePaths(id).recordPath, text);
}

beforeAll(() => {
  vi.stubEnv('XDG_STATE_HOME', mkdtempSync(join(tmpdir(), 'store-')));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

test('a record appears whole, and an id is given once', async () => {
  await createRecord(record('fixer-1'));
  expect(await readRecord('fixer-1')).toMatchObject({ agent: 'fixer' });
  await expect(createRecord(record('fixer-1'))).rejects.toMatchObject({
    code: expect.stringMatching(/EEXIST|ENOTEMPTY/) as string,
  });
});

test.each([
  ['empty', ''],
  ['cut off', '{"version": 1, "id": "bad", "pha'],
  ['of another version', JSON.stringify({ ...record('bad'), version: 2 })],
  ['of another bottle', JSON.stringify(record('fixer-1'))],
  ['without a phase', JSON.stringify({ ...record('bad'), phase: 'flying' })],
])('a record that is %s is named, and blocks nothing', async (_what, text) => {
  writeRaw('bad', text);
  const { records, unreadable } = await readAll();
  expect(records.map(({ id }) => id)).toEqual(['fixer-1']);
  expect(unreadable).toEqual([{ id: 'bad', reason: expect.stringContaining('bad') as string }]);
  expect((await collectGarbage()).failed).toEqual([expect.stringContaining('bad')]);
});

test("an agent's name means its running bottle, or its last one", async () => {
  await createRecord(record('fixer-2', { startedAt: '2026-01-02T00:00:00.000Z' }));
  expect((await findRecord('fixer')).id).toBe('fixer-2');
  await expect(findRecord('fixer', true)).rejects.toMatchObject({ code: 'usage' });
  await createRecord(record('fixer-3', { startedAt: '2025-01-01T00:00:00.000Z', phase: 'running' }));
  expect((await findRecord('fixer')).id).toBe('fixer-3');
  await expect(findRecord('nobody')).rejects.toMatchObject({ code: 'usage' });
});

test('a bottle is forgotten in one step, and gc finishes what a killed process began', async () => {
  await createRecord(record('fixer-9'));
  await forget('fixer-9');
  await forget('fixer-9');
  expect(existsSync(bottlePaths('fixer-9').dir)).toBe(false);

  const bottlesDir = dirname(bottlePaths('fixer-9').dir);
  const { pid, startTicks } = ownIdentity();
  const [ours, gone] = [`.passing-${pid}-${startTicks}-a`, `.passing-${pid}-1-b`];
  for (const name of [ours, gone]) mkdirSync(join(bottlesDir, name));
  await collectGarbage();
  expect(readdirSync(bottlesDir).filter((name) => name.startsWith('.'))).toEqual([ours]);
});
