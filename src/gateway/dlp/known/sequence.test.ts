import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { MOST_BYTES, Sequence } from './sequence.ts';

const NOTHING = { before: 0, after: 0 };

function sequenceOf(values: readonly string[]): Sequence {
  const sequence = new Sequence();
  for (const value of values) sequence.push(value);
  return sequence;
}

/** How many characters all begin with; of reversed ones, end with. */
function sharedBy(values: readonly string[]): number {
  const [first = ''] = values;
  let shared = 0;
  while (shared < first.length && values.every((value) => value[shared] === first[shared])) shared += 1;
  return shared;
}

const reversed = (value: string): string => Array.from(value).toReversed().join('');

/** Of few characters, so that much is shared, and what is shared overlaps. */
const some = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ', '\0'), minLength: 1, maxLength: 40 });
const many = fc.array(some, { minLength: 1, maxLength: 20 });

describe('values', () => {
  test('are as they were', () => {
    fc.assert(
      fc.property(many, (values) => {
        expect(sequenceOf(values).joined(NOTHING, MOST_BYTES)).toBe(values.join(''));
      }),
      { numRuns: runs(200) },
    );
  });

  test('are so when some were taken away', () => {
    fc.assert(
      fc.property(many, many, (values, others) => {
        const sequence = sequenceOf([...values, ...others]);
        for (let count = others.length; count > 0; count -= 1) sequence.pop();
        expect(sequence.joined(NOTHING, MOST_BYTES)).toBe(values.join(''));
      }),
      { numRuns: runs(200) },
    );
  });

  test('tell what the newest of them have in common', () => {
    fc.assert(
      fc.property(
        fc.array(some, { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 2, max: 8 }),
        (values, telling) => {
          const newest = values.slice(-telling);
          const before = sharedBy(newest);
          const shortest = Math.min(...newest.map(({ length }) => length));
          const after = Math.min(sharedBy(newest.map(reversed)), shortest - before);
          expect(sequenceOf(values).wrap(telling)).toEqual({ before, after });
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

test('a single value tells nothing', () => {
  expect(sequenceOf([]).wrap(3)).toBeUndefined();
  expect(sequenceOf(['one']).wrap(3)).toBeUndefined();
  expect(sequenceOf(['one', 'one']).wrap(3)).toEqual({ before: 3, after: 0 });
});

test('the end is put together from values in the same wrapping', () => {
  const sequence = sequenceOf(['<other>', '<t>ab</t>', '<t>cd</t>', '<t>ef</t>']);
  const wrap = sequence.wrap(3)!;
  expect([sequence.joined(wrap, 100), sequence.joined(wrap, 3)]).toEqual(['abcdef', 'cdef']);
});

test('a long value between others is forgotten', () => {
  const long = 'x'.repeat(60);
  expect(sequenceOf(['a', long, 'b', long, 'c']).joined(NOTHING, 100)).toBe('abc');
});

test('a value that is long by its escapes is none', () => {
  const escaped = String.raw`\u0061`.repeat(10);
  expect(sequenceOf([escaped, 'b', escaped]).joined(NOTHING, 200)).toBe(`${escaped}b${escaped}`);
});

describe('memory', () => {
  const wrapped = (at: number): string => `${'w'.repeat(200)}${String.fromCharCode(97 + (at % 26))}`;

  test('is taken by what is not in the next value: of single characters, there are a thousand', () => {
    const sequence = sequenceOf(Array.from({ length: 10_000 }, (_, at) => wrapped(at)));
    const { length } = sequence.joined({ before: 200, after: 0 }, MOST_BYTES);
    expect([length > 1000, length < MOST_BYTES / 4]).toEqual([true, true]);
  });

  test.each([1, 7, 47, 48, 49, 100, 255])('is bounded, with values of %i characters', (size) => {
    const value = (at: number): string => String.fromCharCode(97 + (at % 26)).repeat(size);
    const sequence = sequenceOf(Array.from({ length: 30_000 }, (_, at) => value(at)));
    expect(sequence.bytes).toBeLessThanOrEqual(MOST_BYTES);
    sequence.push('newest');
    expect(sequence.joined(NOTHING, 6 + size)).toMatch(/^(.)?\1*newest$/);
  });
});
