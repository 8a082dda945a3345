import { expect, test } from 'vitest';
import { carriersIn } from './process-table.ts';

test('each line of the process table has a pid and a command, and further lines belong to the command', () => {
  const list = '    7 sh -c echo\n a word\n   12 other\n  130 x BOT=word\n  131 word\n';
  expect(carriersIn(list, 'word')).toEqual([7, 130, 131]);
  expect(carriersIn(list, 'none')).toEqual([]);
  expect(carriersIn('', 'word')).toEqual([]);
});
