import { describe, expect, test } from 'vitest';
import { freeRanges, isFree6 } from './range.ts';

const firstOf = (...destinations: readonly string[]): string | undefined => freeRanges(destinations)[0]?.ip4;

test('a range has an address for each end, of both families', () => {
  expect(freeRanges(['default'])[1]).toEqual({
    ip4: '198.51.100.4/30',
    beyond4: '198.51.100.5',
    host4: '198.51.100.6',
    ip6: '2001:db8:198:51:100:4::/126',
    beyond6: '2001:db8:198:51:100:4::1',
    host6: '2001:db8:198:51:100:4::2',
  });
});

describe('ranges that a route covers', () => {
  test.each([
    ['to itself', '198.51.100.0/30', '198.51.100.4/30'],
    ['to an address in it', '198.51.100.2', '198.51.100.4/30'],
    ['to a part of it', '198.51.100.2/31', '198.51.100.4/30'],
    ['to the block', '198.51.100.0/24', '203.0.113.0/30'],
    ['to more than the block', '198.48.0.0/12', '203.0.113.0/30'],
  ])('a covered range is not free: %s', (_, destination, first) => {
    expect(firstOf(destination)).toBe(first);
  });

  test('no range may be free', () => {
    expect(freeRanges(['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24'])).toEqual([]);
  });
});

test.each(['default', '0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/8', '198.51.101.0/24', 'of another family'])(
  'a route to %s leaves the first range free',
  (destination) => {
    expect(firstOf(destination)).toBe('198.51.100.0/30');
  },
);

test('other IPv6 ranges take nothing, and another route to such addresses takes all', () => {
  expect(isFree6(['default', 'fd00::/64', '2001:db8:198:51:100:4::/126', '2001:db8:198:51:100::/126'])).toBe(
    true,
  );
  expect(isFree6(['2001:db8::/32'])).toBe(false);
  expect(isFree6(['2001:db8:1::/48'])).toBe(false);
});
