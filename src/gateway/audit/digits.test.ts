import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digitsOf } from './digits.ts';

test('is what String gives, whatever the number', () => {
  fc.assert(fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(1e7), fc.double()), isAsString));
  const edges = [0, -0, 9, 999, 1_000, 1_001, 10_000, 999_999, 1_000_000, Number.MAX_SAFE_INTEGER, -1, NaN];
  expect(edges.filter((number) => !isAsString(number))).toEqual([]);
});

const isAsString = (number: number): boolean => digitsOf(number) === String(number);
