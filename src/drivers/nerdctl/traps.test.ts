import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TRAPS } from './traps.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const testsIn = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));

const TESTS = [
  ...testsIn('src/drivers/nerdctl', /\.test\.ts$/),
  ...testsIn('test/e2e', /^kata-nerdctl.*\.test\.ts$/),
].join('\n');

test('each trap has a test of its name, and there are no two of one', () => {
  expect(TRAPS.filter(({ id }) => !new RegExp(`\\btrap ${id}\\b`).test(TESTS)).map(({ id }) => id)).toEqual(
    [],
  );
  expect(new Set(TRAPS.map(({ id }) => id)).size).toBe(TRAPS.length);
});
