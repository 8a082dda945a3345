import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/host/paths.ts';
import { ALONE } from '../../test/support/suites/alone.ts';
import { FIRST, LONG } from '../../test/support/suites/longest-first.ts';
import { FULL_ONLY, SUITE_NAMES } from '../../test/support/suites/tiers.ts';

/** Returns the names of the test files of a suite, without folders. */
const namesIn = (suite: string): readonly string[] =>
  readdirSync(join(packageRoot(), 'test', suite), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => basename(path, '.test.ts'));

test('files that are named for their length are there', () => {
  expect([...FIRST, ...LONG].filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
});

test.each(SUITE_NAMES)('the names of the test files of %s are unique in its folders', (suite) => {
  const names = namesIn(suite);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test.each(SUITE_NAMES)('files of %s that run alone, or only in the full run, are there', (suite) => {
  const names = namesIn(suite);
  const alone: readonly string[] = suite === 'conformance' ? [] : ALONE[suite];
  expect(names.length).toBeGreaterThan(10);
  expect([...alone, ...Object.keys(FULL_ONLY[suite])].filter((name) => !names.includes(name))).toEqual([]);
});
