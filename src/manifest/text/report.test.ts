import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { manifestError, positionOf } from './report.ts';

const problemAt = (text: string, start: number, end: number): string[] => [
  ...manifestError([{ at: { source: { shownAs: 'm.yaml', text }, start, end }, what: 'this is wrong' }])
    .details,
];

test('the caret is below the faulty text', () => {
  expect(problemAt('a: 1\nb: bad # c\n', 8, 11)).toEqual([
    'm.yaml:2:4: this is wrong',
    '  2 | b: bad # c',
    '    |    ^^^',
  ]);
});

test('a place of several lines is shown on its first', () => {
  expect(problemAt('a:\n  b: 1\n  c: 2\n', 5, 17)).toEqual([
    'm.yaml:2:3: this is wrong',
    '  2 |   b: 1',
    '    |   ^^^^',
  ]);
});

test('a carriage return at the end of a line is not part of it', () => {
  expect(problemAt('a: 1\r\nb: 2\r\n', 3, 4)[1]).toBe('  1 | a: 1');
});

test('problems are ordered as in the text', () => {
  const source = { shownAs: 'm.yaml', text: 'a\nb\nc\n' };
  const at = (start: number) => ({ source, start, end: start + 1 });
  const { details } = manifestError([
    { at: at(4), what: 'third' },
    { at: at(0), what: 'first', expected: 'x', hint: 'y', other: at(2) },
  ]);
  expect(details).toEqual([
    'm.yaml:1:1: first',
    '  1 | a',
    '    | ^',
    '    expected x',
    '    y',
    '    the other one is at m.yaml:2:1',
    'm.yaml:3:1: third',
    '  3 | c',
    '    | ^',
  ]);
});

test('any text and place gives one line without control characters, and a caret within it', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint, maxLength: 400 }), fc.nat(400), fc.nat(400), (text, a, b) => {
      const start = Math.min(a, text.length);
      const [position, line, caret, ...more] = problemAt(text, start, start + b);
      expect(more).toEqual([]);
      expect(position).toContain(positionOf({ source: { shownAs: 'm.yaml', text }, start, end: start }));
      expect(`${line}${caret}`).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect(caret).toMatch(/^ +\| *\^+$/);
      expect(caret?.length).toBeLessThanOrEqual(
        Math.max(line?.length ?? 0, (line ?? '').indexOf('|') + 3) + 112,
      );
    }),
  );
});
