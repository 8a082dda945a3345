import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/host/paths.ts';
import { ALONE } from '../../test/support/alone.ts';
import { FIRST, LONG } from '../../test/support/longest-first.ts';

const missing = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => !existsSync(join(packageRoot(), path)));

test('files that are named for their length, or for running alone, are there', () => {
  expect(missing([...FIRST, ...LONG])).toEqual([]);
  for (const [suite, names] of Object.entries(ALONE))
    expect(missing(names.map((name) => `test/${suite}/${name}.test.ts`))).toEqual([]);
});
