import { expect, test } from 'vitest';
import { groupedByWhy } from './grouped.ts';
import { escapeText } from './terminal/text.ts';

test('names every path below its reason, and shows what a name would hide', () => {
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
