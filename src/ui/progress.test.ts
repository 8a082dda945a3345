import { array, assert, integer, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { sharedLine } from './progress.ts';

test.each([
  [['one'], 20, 'one'],
  [['0123456789'], 4, '0123'],
  [['one', 'two'], 20, 'one | two'],
  [['0123456789', '0123456789'], 13, '01234 | 01234'],
  [['0123456789', '0123456789'], 14, '01234 | 012345'],
  [['0123456789', 'ab'], 13, '01234567 | ab'],
])('a progress line of %j fits into %s columns', (texts, columns, line) => {
  expect(sharedLine(texts, columns)).toBe(line);
});

test('a progress line of several rungs fits, and shows a part of each', () => {
  assert(
    property(
      array(string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
      integer({ min: 10 }),
      (texts, columns) => {
        const line = sharedLine(texts, columns);
        expect(line.length).toBeLessThanOrEqual(columns);
        for (const text of texts) expect(line).toContain(text[0]);
      },
    ),
  );
});
