import { describe, expect, test } from 'vitest';
import { ignoresLess } from './ignored-change.ts';

/** UTF-8's byte order mark, as latin1. */
const BOM = '\u00ef\u00bb\u00bf';
const before = '# secrets\ncustomers.csv\n*.log\n!keep.log\n';

describe('less is ignored', () => {
  test.each([
    ['a line that is gone', '*.log\n!keep.log\n'],
    ['all lines gone', ''],
    ['a line that is other than it was', 'customers.csv2\n*.log\n!keep.log\n'],
    ['a line that became a comment', '#customers.csv\n*.log\n!keep.log\n'],
    ['a line that no longer matches for its second carriage return', 'customers.csv\r\r\n*.log\n!keep.log\n'],
    ['a line that no longer matches for its tab', 'customers.csv\t\n*.log\n!keep.log\n'],
    [
      'a first line that no longer matches for its two marks',
      `${BOM}${BOM}customers.csv\n*.log\n!keep.log\n`,
    ],
    ['a mark before a line that is not the first', before.replace('customers', `${BOM}customers`)],
    ['an exception behind a mark', `${BOM}!customers.csv\n${before}`],
    ['an exception for a file that is no mark of an empty folder', `${before}!.gitkeep2\n`],
    // Where `d/*` ignores a folder, this line brings the folder back with its content.
    ['an exception for folders', `${before}!*/\n`],
    ['an exception', `${before}!customers.csv\n`],
    ['an exception that moved behind more', 'customers.csv\n!keep.log\n*.log\n'],
  ])('with %s', (_, after) => {
    expect(ignoresLess(before, after)).toBe(true);
  });

  test('with an exception where there was none', () => {
    expect(ignoresLess(undefined, '!customers.csv\n')).toBe(true);
    expect(ignoresLess(undefined, `${BOM}!customers.csv\n`)).toBe(true);
  });

  test('with a mark that is at the beginning no more, where it belongs to a pattern', () => {
    expect(ignoresLess(`${BOM}customers.csv\n`, `dist/\n${BOM}customers.csv\n`)).toBe(true);
  });

  test('with a name that is only a tab', () => {
    expect(ignoresLess('\t\n', '')).toBe(true);
  });
});

test.each([
  ['more lines', `${before}dist/\n`],
  ['a line between', 'customers.csv\ndist/\n*.log\n!keep.log\n'],
  ['no comment', 'customers.csv\n*.log\n\n!keep.log'],
  ['a carriage return at the end of each line', before.replaceAll('\n', '\r\n')],
  ['a mark at the beginning', `${BOM}customers.csv\n*.log\n!keep.log\n`],
  ['exceptions for what keeps an empty folder', `*\n${before}!.gitignore\n!.gitkeep\r\n!.keep`],
  ['an exclamation mark that is escaped', `${before}\\!x\n`],
])('nothing less is ignored with %s', (_, after) => {
  expect(ignoresLess(before, after)).toBe(false);
});

test('nothing less is ignored by a new file without exceptions', () => {
  expect(ignoresLess(undefined, 'dist/\n')).toBe(false);
  expect(ignoresLess(undefined, '*\n!.gitignore\n')).toBe(false);
});
