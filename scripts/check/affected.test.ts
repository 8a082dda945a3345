import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/host/paths.ts';
import { affectedBy, ALWAYS, MOST_TESTS, SLOW } from './affected.ts';

const SOURCES = new Map([
  ['src/a.ts', 'export const a = 1;'],
  ['src/b.ts', "import {\n  a,\n} from './a.ts';"],
  ['src/c.ts', "const load = async () => await import('./b.ts');"],
  ['src/b.test.ts', "import { b } from './b.ts';"],
  ['src/c.test.ts', "import { type C, c } from './c.ts';"],
  ['src/types.test.ts', "import type { C } from './c.ts';\nimport { own } from './own.ts';"],
  ['src/other.test.ts', "import './other.ts';"],
  ['src/golden.test.ts', "readdirSync('test/golden/plans')"],
  ['src/guide.test.ts', "readFileSync('docs/GUIDE.md')"],
  ['src/dots.test.ts', "const folder = '.';\nconst inside = './.';"],
  ['test/e2e/b.test.ts', "import { b } from '../../src/b.ts';"],
]);

const testsOf = (...changed: string[]): readonly string[] | undefined =>
  affectedBy(changed, SOURCES)
    ?.tests.filter((path) => !ALWAYS.includes(path))
    .toSorted();

describe('the unit tests that a change calls for', () => {
  test.each([
    ['every test that imports it, directly or not', 'src/a.ts', ['src/b.test.ts', 'src/c.test.ts']],
    ['not tests that import its types alone, which the compiler checks', 'src/c.ts', ['src/c.test.ts']],
    ['a test with such an import beside that of the change', 'src/own.ts', ['src/types.test.ts']],
    ['itself, if it is a test', 'src/b.test.ts', ['src/b.test.ts']],
    ['none, if it is a test of another suite', 'test/e2e/b.test.ts', []],
    ['tests that import it, if it was removed', 'src/other.ts', ['src/other.test.ts']],
    ['not itself, if it is a test that was removed', 'src/removed.test.ts', []],
    ['tests that name its folder, if it is no module', 'test/golden/plans/kata.txt', ['src/golden.test.ts']],
    ['tests that name it, if it is a document', 'docs/GUIDE.md', ['src/guide.test.ts']],
    ['none, if it is a document that no test names', 'docs/OTHER.md', []],
    ['none, if it is such a document at the top', 'OTHER.md', []],
  ])('are %s', (_, changed, tests) => {
    expect(testsOf(changed)).toEqual(tests);
  });

  test('are those of all changed files, and always those that look at the whole repository', () => {
    expect(testsOf('src/c.ts', 'docs/GUIDE.md')).toEqual(['src/c.test.ts', 'src/guide.test.ts']);
    expect(affectedBy([], SOURCES)?.tests).toEqual(ALWAYS);
    expect(ALWAYS.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
  });

  test('are the nearest of many, and the others are said to be left', () => {
    const chain = Array.from({ length: MOST_TESTS + 2 }, (_, at) => at).flatMap((at): [string, string][] => [
      [`src/m${at + 1}.ts`, `import './m${at}.ts';`],
      [`src/m${at}.test.ts`, `import './m${at}.ts';`],
    ]);
    const affected = affectedBy(['src/m0.ts'], new Map(chain.toReversed()));
    expect(affected?.tests).toContain(`src/m${MOST_TESTS - 1}.test.ts`);
    expect(affected?.left).toEqual([`src/m${MOST_TESTS}.test.ts`, `src/m${MOST_TESTS + 1}.test.ts`]);
  });

  test('are slow ones only where they import a changed file themselves', () => {
    const slow = 'src/gateway/dlp/carriers.test.ts';
    const sources = new Map([
      ['src/far.ts', ''],
      ['src/near.ts', "import './far.ts';"],
      [slow, "import '../../near.ts';"],
    ]);
    expect(affectedBy(['src/near.ts'], sources)?.tests).toContain(slow);
    expect(affectedBy([slow], sources)?.tests).toContain(slow);
    expect(affectedBy(['src/far.ts'], sources)).toMatchObject({ tests: ALWAYS, left: [slow] });
    expect([...SLOW].filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
  });

  test.each(['package.json', 'vitest.config.ts', '.oxlintrc.json', 'assets/unnamed.pl'])(
    'are all for %s',
    (changed) => {
      expect(affectedBy([changed, 'src/c.ts'], SOURCES)).toBeUndefined();
    },
  );
});

test('modules are linted that import the types of a changed one', () => {
  expect(affectedBy(['src/c.ts'], SOURCES)?.lint).toContain('src/types.test.ts');
});

test('changed modules are linted, and those that import them', () => {
  expect(affectedBy(['src/b.ts', 'docs/GUIDE.md', 'src/gone.ts'], SOURCES)?.lint.toSorted()).toEqual([
    'src/b.test.ts',
    'src/b.ts',
    'src/c.ts',
    'test/e2e/b.test.ts',
  ]);
});
