import { expect, test } from 'vitest';
import { renderTable, groupedByWhy } from './table.ts';
import { escapeText } from './terminal/text.ts';

test('table columns are aligned, whatever the cells contain', () => {
  const table = renderTable(
    ['NAME', 'STATE'],
    [
      ['a', 'ok'],
      ['longer', 'x'],
    ],
  );
  expect(table).toBe('NAME    STATE\na       ok\nlonger  x');
});

test("colours do not count towards a column's width", () => {
  const table = renderTable(['A', 'B'], [['\u001b[32mgreen\u001b[39m', 'x']]);
  expect(table.split('\n')[0]).toBe('A      B');
});

test('a list names every path below its reason, and shows hidden characters of a name', () => {
  const items = [
    { path: '.env', why: 'a dotfile' },
    { path: 'tool', why: 'a program' },
    { path: 'a\u001b[8m', why: 'a dotfile' },
  ];
  expect(escapeText('a\u001b[8m')).not.toContain('\u001b');
  expect(groupedByWhy(items)).toEqual([
    'a dotfile (2):',
    '  .env',
    `  ${escapeText('a\u001b[8m')}`,
    'a program (1):',
    '  tool',
  ]);
});
