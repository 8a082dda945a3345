import { expect, test } from 'vitest';
import { slowestFiles } from './slowest-files.ts';

const suites = [
  {
    name: 'unit',
    files: [
      { path: '/p/src/a.test.ts', seconds: 0.04 },
      { path: '/p/src/longer.test.ts', seconds: 9.96 },
    ],
  },
  { name: 'e2e', files: [{ path: '/p/test/e2e/b.test.ts', seconds: 120.5 }] },
  { name: 'unit, Node 24', files: [{ path: '/p/src/longer.test.ts', seconds: 11 }] },
];

test('the slowest files of all suites come longest first, aligned, with a line for each run', () => {
  expect(slowestFiles(suites, 3, '/p')).toEqual([
    '120.5 s  test/e2e/b.test.ts  e2e',
    ' 11.0 s  src/longer.test.ts  unit, Node 24',
    ' 10.0 s  src/longer.test.ts  unit',
  ]);
});

test('a run with fewer files than asked for lists all of them, and a run without files lists none', () => {
  expect(slowestFiles(suites, 15, '/p')).toHaveLength(4);
  expect(slowestFiles([{ name: 'unit', files: [] }], 15, '/p')).toEqual([]);
});
