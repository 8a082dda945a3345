import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDifference } from './difference.ts';

test('the removed and added lines are shown, with two around them', () => {
  const before = ['1', '2', '3', '4', 'old', '5', '6', '7', '8', '9'].join('\n');
  const after = ['1', '2', '3', '4', 'new', 'newer', '5', '6', '7', '8', '9'].join('\n');
  expect(lineDifference(before, after)).toEqual([
    '...',
    '  3',
    '  4',
    '- old',
    '+ new',
    '+ newer',
    '  5',
    '  6',
    '...',
  ]);
});

test('equal texts do not differ', () => {
  expect(lineDifference('a\nb', 'a\nb')).toEqual([]);
});

test('texts too long to compare are shown whole', () => {
  const [before, after] = [0, 1].map((kind) =>
    Array.from({ length: 3000 }, (_, n) => `${kind} ${n}`).join('\n'),
  );
  expect(lineDifference(before ?? '', after ?? '')).toHaveLength(6000);
});

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));

test('every line that only one text has is shown, and no line of neither', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDifference(before, after);
      const count = (sign: string, line: string): number =>
        lines.filter((it) => it === `${sign} ${line}`).length;
      const occurrences = (whole: string, line: string): number =>
        whole.split('\n').filter((it) => it === line).length;
      for (const line of ['a', 'b', 'c', '']) {
        expect(count('+', line) - count('-', line)).toBe(
          occurrences(after, line) - occurrences(before, line),
        );
        expect(count('+', line)).toBeLessThanOrEqual(occurrences(after, line));
      }
      expect(lines.length === 0).toBe(before === after);
    }),
  );
});
