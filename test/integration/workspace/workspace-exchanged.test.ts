import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apply } from '../../../src/workspace/apply/apply.ts';
import { diff } from '../../../src/workspace/diff/diff.ts';
import { hasWork } from '../../../src/workspace/diff/diff.ts';
import { Place } from './workspace-place.ts';

/**
 * A process with write access to the project, another bottle's agent or its user, replaces apply's own folder by links
 * while apply works.
 */

let place: Place;
beforeEach(async () => {
  place = new Place();
  place.write('a.txt');
  await place.copy();
});
afterEach(() => place.remove());

/** More files than apply writes before it lets others work. */
const FILES = 200;
const staging = (): string => join(place.project, '.bot-bottle-apply-bottle-1');
const victim = (name: string): string => join(place.folder, name);
const pathOf = (index: number): string => `new/${String(index).padStart(3, '0')}`;

/** Replaces apply's own folder by a folder of links to files outside, as soon as apply has got that far. */
async function exchangeWhen(isTime: () => boolean): Promise<void> {
  while (!isTime()) await nextTurn();
  renameSync(staging(), join(place.project, 'aside'));
  mkdirSync(staging());
  for (let index = 0; index < FILES; index += 1)
    symlinkSync(victim('secret'), join(staging(), String(index)));
  symlinkSync(victim('control'), join(staging(), 'control'));
  writeFileSync(join(staging(), 'control'), 'led elsewhere');
}

test.each<[string, () => boolean]>([
  ['while files are put together', () => existsSync(staging()) && readdirSync(staging()).length > 1],
  ['while files are moved into place', () => existsSync(join(place.project, pathOf(0)))],
])('an apply is not diverted by links in place of its own folder, %s', async (_, isTime) => {
  for (const name of ['secret', 'control']) writeFileSync(victim(name), 'of the user', { mode: 0o600 });
  for (let index = 0; index < FILES; index += 1) place.agentWrites(pathOf(index), 'of the agent');
  const applying = apply({ ...place.paths, bottleId: 'bottle-1', consent: async () => true });
  await Promise.all([applying, exchangeWhen(isTime)]);
  for (let index = 0; index < FILES; index += 1) {
    expect(lstatSync(join(place.project, pathOf(index))).isFile()).toBe(true);
    expect(readFileSync(join(place.project, pathOf(index)), 'utf8')).toBe('of the agent');
  }
  expect(readFileSync(victim('secret'), 'utf8')).toBe('of the user');
  expect(lstatSync(victim('secret')).mode & 0o777).toBe(0o600);
  // Control: a write by path goes through the link.
  expect(readFileSync(victim('control'), 'utf8')).toBe('led elsewhere');
  expect(existsSync(staging())).toBe(false);
});

/** Damage to a bottle's own folder, by hand or by a clean-up tool. */
const GONE: Readonly<Record<string, () => void>> = {
  work: () => rmSync(place.work, { recursive: true }),
  'work, with a file in its place': () => {
    rmSync(place.work, { recursive: true });
    writeFileSync(place.work, '');
  },
  'work, with a link in its place': () => {
    renameSync(place.work, join(place.folder, 'elsewhere'));
    symlinkSync(join(place.folder, 'elsewhere'), place.work);
  },
  base: () => rmSync(place.base, { recursive: true }),
  'base/tree': () => rmSync(join(place.base, 'tree'), { recursive: true }),
};

test.each(Object.entries(GONE))('a bottle without its %s is reported with the remedy', async (_, remove) => {
  place.agentWrites('new.txt');
  await diff(place.paths);
  remove();
  const told = { code: 'usage', fix: expect.stringContaining('bot-bottle rm --force bottle') as string };
  await expect(diff(place.paths)).rejects.toMatchObject(told);
  await expect(apply({ ...place.paths, bottleId: 'b', consent: async () => true })).rejects.toMatchObject(
    told,
  );
});

test('a damaged record is reported, and work counts as work where its base is gone', async () => {
  writeFileSync(join(place.base, 'record.json'), '{');
  await expect(hasWork(place.paths)).rejects.toMatchObject({ code: 'usage' });
  rmSync(place.base, { recursive: true });
  expect(await hasWork(place.paths)).toBe(true);
  rmSync(place.work, { recursive: true });
  expect(await hasWork(place.paths)).toBe(false);
});
