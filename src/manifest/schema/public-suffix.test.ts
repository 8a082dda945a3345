import { describe, expect, test } from 'vitest';
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
  ])('%s: %s', (host) => expect(isTooWide(host)).toBe(true));
});

test.each([
  '*.example.org',
  '*.acme.co.uk',
  '*.acme.github.io',
  '*.bucket.s3.amazonaws.com',
  '*.corp.internal',
  '*.www.ck',
  'com',
  'example.org',
])('%s is fine', (host) => expect(isTooWide(host)).toBe(false));
