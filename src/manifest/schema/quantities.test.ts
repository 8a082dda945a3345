import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSize, parseSizeBytes } from './quantities.ts';

test.each([
  ['512m', 512 * 1024 ** 2],
  ['4g', 4 * 1024 ** 3],
  ['4G', 4 * 1024 ** 3],
  ['1.5g', 1.5 * 1024 ** 3],
  ['64k', 64 * 1024],
  ['1t', 1024 ** 4],
  ['100', 100],
  [100, 100],
])('%s is %d bytes', (size, bytes) => {
  expect(parseSizeBytes(size)).toBe(bytes);
});

test.each([
  '',
  'g',
  '4q',
  '4gb',
  '4GiB',
  '-1g',
  ' 4g',
  '4 g',
  '1e3',
  '0x10',
  '.5g',
  '4.g',
  '999999999t',
  '1,5g',
  1e21,
  -1,
  Number.NaN,
  Infinity,
])('%s is no size', (size) => {
  expect(parseSizeBytes(size)).toBeUndefined();
});

test('every number of bytes can be written and read back', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      expect(parseSizeBytes(formatSize(bytes))).toBe(bytes);
    }),
  );
});
