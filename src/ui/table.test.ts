import { expect, test } from 'vitest';
import { renderTable } from './table.ts';

test('columns line up, whatever the cells hold', () => {
  const table = renderTable(
    ['NAME', 'STATE'],
    [
      ['a', 'ok'],
      ['longer', 'x'],
    ],
  );
  expect(table).toBe('NAME    STATE\na       ok\nlonger  x');
});

test('colours do not count as width', () => {
  const table = renderTable(['A', 'B'], [['\u001b[32mgreen\u001b[39m', 'x']]);
  expect(table.split('\n')[0]).toBe('A      B');
});
