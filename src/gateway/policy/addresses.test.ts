import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainAddress, refusedAddress } from './addresses.ts';

const NONE = new Set<string>();

describe('refused addresses', () => {
  test.each([
    ['0.0.0.0', 'this network'],
    ['10.255.255.255', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['100.100.100.200', 'carrier-grade NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.200.0.1', 'loopback'],
    ['168.63.129.16', 'cloud platform'],
    ['169.254.169.254', 'link-local'],
    ['172.31.0.1', 'private'],
    ['192.0.0.192', 'protocol assignments'],
    ['192.168.0.1', 'private'],
    ['198.19.0.1', 'benchmarking'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved or broadcast'],
    ['::', 'unspecified, loopback or IPv4-compatible'],
    ['::1', 'unspecified, loopback or IPv4-compatible'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a00:1', 'private'],
    ['::10.0.0.1', 'unspecified, loopback or IPv4-compatible'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::1', 'this network'],
    ['64:ff9b:1::1', 'local NAT64'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['::ffff:0:a9fe:a9fe', 'link-local'],
    ['2001:0:1::1', 'Teredo'],
    ['2002:7f00:1::', '6to4'],
    ['fd00::1', 'unique local'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
  ])('%s is refused: %s', (address, why) => expect(refusedAddress(address, NONE)).toBe(why));

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '203.0.113.7',
    '192.0.2.1',
    '2001:db8::1',
    '2606:4700::1',
    '64:ff9b::808:808',
    '::ffff:0:808:808',
  ])('%s may be dialled', (address) => expect(refusedAddress(address, NONE)).toBeUndefined());

  test('the address of the host itself is refused in every spelling', () => {
    const own = new Set(['203.0.113.9', '2001:db8::5']);
    for (const address of [
      '203.0.113.9',
      '::ffff:203.0.113.9',
      '64:ff9b::cb00:7109',
      '2001:DB8:0::5',
      '2001:db8::5%1',
    ]) {
      expect(refusedAddress(address, own)).toBe("the host's own");
    }
  });

  test('an IPv4 address gets the same verdict inside IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const why = refusedAddress(address, NONE);
        expect(refusedAddress(`::ffff:${address}`, NONE)).toBe(why);
        expect(refusedAddress(`::ffff:0:${address}`, NONE)).toBe(why);
        expect(refusedAddress(`64:ff9b::${address}`, NONE)).toBe(why);
        expect(plainAddress(`::ffff:${address}`)).toBe(address);
      }),
    );
  });
});
