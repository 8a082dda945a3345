import * as fc from 'fast-check';
import { getPublicSuffix } from 'tldts';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { isTooWide } from './public-suffix.ts';

describe('a wildcard over names of many owners', () => {
  test.each([
    ['*.com', 'a top-level domain'],
    ['*.co.uk', 'a suffix of two parts'],
    ['*.github.io', 'the private section'],
    ['*.GitHub.io.', 'another spelling'],
    ['*.s3.amazonaws.com', 'a suffix below a name of one owner'],
    ['*.amazonaws.com', 'a name with suffixes below it'],
    ['*.compute.amazonaws.com', 'a wildcard of the list'],
    ['*.windows.net', 'suffixes two parts below'],
    ['*.ck', 'a suffix of which each name below is one'],
    ['*.xn--p1ai', 'another script'],
    ['*.internal', 'a last part that the list does not have'],
  ])('a wildcard over %s is refused: %s', (host) => expect(isTooWide(host)).toBe(true));
});

test.each([
  '*.example.org',
  '*.acme.co.uk',
  '*.acme.github.io',
  '*.bucket.s3.amazonaws.com',
  '*.corp.internal',
  '*.www.ck',
  '*.city.kawasaki.jp',
  'com',
  'example.org',
])('a wildcard over %s is accepted', (host) => expect(isTooWide(host)).toBe(false));

test('a suffix of the package is too wide, whatever the name', () => {
  const label = fc.constantFrom(
    'com',
    'uk',
    'co',
    'jp',
    'ck',
    'www',
    'city',
    'kawasaki',
    'github',
    'io',
    'amazonaws',
    's3',
    'a',
  );
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
      const name = labels.join('.');
      const isSuffix = getPublicSuffix(name, { allowPrivateDomains: true }) === name;
      expect(isSuffix && !isTooWide(`*.${name}`)).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});
