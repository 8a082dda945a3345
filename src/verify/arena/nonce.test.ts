import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { findNonces, makeLoot, makeNonce } from './nonce.ts';

test('a nonce is found in whatever surrounds it', () => {
  const around = string({ unit: anyCodePoint });
  assert(
    property(around, around, (before, after) => {
      const [sent, loot] = [makeNonce(), makeLoot()];
      expect(findNonces(`${before}${sent}\n${loot.toUpperCase()}${after}`)).toEqual(
        expect.arrayContaining([sent, loot]),
      );
    }),
  );
});

test('a nonce fits into a DNS label', () => {
  expect(makeNonce()).toMatch(/^[a-z][a-z0-9]{0,62}$/);
});

test('nothing is found where nothing is', () => {
  assert(
    property(string(), (text) => {
      expect(findNonces(text)).toEqual([]);
    }),
  );
});
