import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { findNonces, makeLoot, makeNonce, openEars } from './nonce.ts';

const nonce = makeNonce();

test.each([
  ['as it stands', [`/${nonce} HTTP/1.1`], ['tcp']],
  ['in one spelling of several', [`/${nonce}v3 HTTP/1.1`], ['tcp (spelling 3)']],
  ['in two', [`${nonce}v12 ${nonce}v3`], ['tcp (spelling 3, 12)']],
  ['cut in pieces, which come together', [`/${nonce}`, `/${nonce}v3 HTTP/1.1`], ['tcp (spelling 3)']],
  ['in capitals, as a resolver may ask', [`${nonce.toUpperCase()}V3.test`], ['tcp (spelling 3)']],
  ['not, when another came', [makeNonce()], []],
])('a nonce is found %s', (_, texts, expected) => {
  const ears = openEars();
  const take = ears.begin('tcp');
  for (const text of texts) take(text);
  expect(ears.heard(nonce)).toEqual(expected);
});

test('a nonce is found in any surroundings', () => {
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

test('a text without a nonce has none', () => {
  assert(
    property(string(), (text) => {
      expect(findNonces(text)).toEqual([]);
    }),
  );
});
