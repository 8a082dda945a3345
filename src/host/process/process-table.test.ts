import { expect, test } from 'vitest';
import { carriersIn } from './process-table.ts';

test('a pid and a command in each line; further lines of a command are its own', () => {
  const list = '    7 sh -c echo\n a word\n   12 other\n  130 x BOT=word\n  131 word\n';
  expect(carriersIn(list, 'word')).toEqual([7, 130, 131]);
  expect(carriersIn(list, 'none')).toEqual([]);
  expect(carriersIn('', 'word')).toEqual([]);
});
