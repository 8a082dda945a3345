import { expect, test } from 'vitest';
import { openEars } from './ears.ts';
import { makeNonce } from '../nonce.ts';

const nonce = makeNonce();

test.each([
  ['as it stands', [`/${nonce} HTTP/1.1`], ['tcp']],
  ['in one spelling of several', [`/${nonce}v3 HTTP/1.1`], ['tcp (spelling 3)']],
  ['in two', [`${nonce}v12 ${nonce}v3`], ['tcp (spelling 3, 12)']],
  ['cut in pieces, which come together', [`/${nonce}`, `/${nonce}v3 HTTP/1.1`], ['tcp (spelling 3)']],
  ['in capitals, as a resolver may ask', [`${nonce.toUpperCase()}V3.test`], ['tcp (spelling 3)']],
  ['not, when another came', [makeNonce()], []],
])('a nonce is heard %s', (_, texts, expected) => {
  const ears = openEars();
  const take = ears.begin('tcp');
  for (const text of texts) take(text);
  expect(ears.heard(nonce)).toEqual(expected);
});
