import { describe, expect, test } from 'vitest';
import { ignoresLess } from './ignored-change.ts';

const before = '# secrets\ncustomers.csv\n*.log\n!keep.log\n';

describe('less is ignored', () => {
  test.each([
    ['a line that is gone', '*.log\n!keep.log\n'],
    ['all lines gone', ''],
    ['a line that is other than it was', 'customers.csv2\n*.log\n!keep.log\n'],
    ['a line that became a comment', '#customers.csv\n*.log\n!keep.log\n'],
    ['a line that no longer matches for its carriage return', 'customers.csv\r\n*.log\n!keep.log\n'],
    ['a mark before the first line', '\u00ef\u00bb\u00bfcustomers.csv\n*.log\n!keep.log\n'],
    ['an exception', `${before}!customers.csv\n`],
    ['an exception that moved behind more', 'customers.csv\n!keep.log\n*.log\n'],
  ])('with %s', (_, after) => {
    expect(ignoresLess(before, after)).toBe(true);
  });

  test('with an exception where there was none', () => {
    expect(ignoresLess(undefined, '!customers.csv\n')).toBe(true);
  });
});

test.each([
  ['more lines', `${before}dist/\n`],
  ['a line between', 'customers.csv\ndist/\n*.log\n!keep.log\n'],
  ['no comment', 'customers.csv\n*.log\n\n!keep.log'],
  ['an exclamation mark that is escaped', `${before}\\!x\n`],
])('nothing less is ignored with %s', (_, after) => {
  expect(ignoresLess(before, after)).toBe(false);
});

test('nothing less is ignored by a new file without exceptions', () => {
  expect(ignoresLess(undefined, 'dist/\n')).toBe(false);
});
