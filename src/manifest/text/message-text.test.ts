import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from './message-text.ts';

const KEYS = ['extends', 'runtime', 'min_boundary', 'image', 'resources', 'env', 'egress', 'workspace'];

test.each([
  ['runtiem', 'runtime'],
  ['minBoundary', 'min_boundary'],
  ['min-boundary', 'min_boundary'],
  ['wrokspace', 'workspace'],
  ['ENV', 'env'],
  ['resource', 'resources'],
])('%s is near %s', (written, meant) => {
  expect(nearest(written, KEYS)).toBe(meant);
});

test('a word without a similar one has no neighbour', () => {
  expect(nearest('flavour', KEYS)).toBeUndefined();
  expect(nearest('', KEYS)).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});

test('a candidate is nearest to itself, and one typing error does not lead elsewhere unless that is as near', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KEYS), fc.nat(), (key, at) => {
      expect(nearest(key, KEYS)).toBe(key);
      const slipped = key.slice(0, at % key.length) + key.slice((at % key.length) + 1);
      expect(nearest(slipped, KEYS)).toBe(key);
    }),
  );
});
