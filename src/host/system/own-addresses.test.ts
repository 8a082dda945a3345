import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import { parseAddresses6, parseRoutes4, parseRoutes6, setOf } from './own-addresses.ts';

const plainAddress = (address: string): string =>
  isIPv4(address) ? address : new URL(`http://[${address}]/`).hostname.slice(1, -1);

/** Tables of a network with an interface v0 without a carrier, read on Linux 6.18. */
const FIB_TRIE = `Main:
  +-- 0.0.0.0/1 2 0 1
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     |-- 198.51.101.0
        /24 link UNICAST
     |-- 198.51.101.77
        /32 host LOCAL
     |-- 198.51.102.0
        /24 host LOCAL
Id 7:
     |-- 203.0.113.7
        /32 link UNICAST
        /32 host LOCAL
`;
const IF_INET6 = `00000000000000000000000000000001 01 80 10 80       lo
20010db8007700000000000000000007 03 40 00 c0       v0
`;
const NOWHERE = '00000000000000000000000000000000';
const IPV6_ROUTE = [
  `20010db8007700000000000000000000 40 ${NOWHERE} 00 ${NOWHERE} 00000100 00000001 00000000 00000001       v0`,
  `${NOWHERE} 00 ${NOWHERE} 00 ${NOWHERE} ffffffff 00000001 00000000 00200200       lo`,
  `00000000000000000000000000000001 80 ${NOWHERE} 00 ${NOWHERE} 00000000 00000002 00000000 80200001       lo`,
  `20010db8007800000000000000000000 80 ${NOWHERE} 00 ${NOWHERE} 00000000 00000002 00000000 00100001     eth0`,
  `20010db8009900000000000000000000 40 ${NOWHERE} 00 ${NOWHERE} 00000400 00000001 00000000 80000001       lo`,
].join('\n');

test('local IPv4 routes of every table and prefix are read, and no others', () => {
  expect(parseRoutes4(FIB_TRIE)).toEqual([
    ['127.0.0.0', 8],
    ['198.51.101.77', 32],
    ['198.51.102.0', 24],
    ['203.0.113.7', 32],
  ]);
});

test('IPv6 addresses are read, including tentative ones', () => {
  expect(parseAddresses6(IF_INET6)).toEqual([
    ['0000:0000:0000:0000:0000:0000:0000:0001', 128],
    ['2001:0db8:0077:0000:0000:0000:0000:0007', 128],
  ]);
});

test('local and anycast IPv6 routes are read, and no others', () => {
  expect(parseRoutes6(IPV6_ROUTE).map(([address, prefix]) => `${plainAddress(address)}/${prefix}`)).toEqual([
    '::1/128',
    '2001:db8:78::/128',
    '2001:db8:99::/64',
  ]);
});

test.each([
  ['198.51.101.77', true],
  ['198.51.101.78', false],
  ['198.51.102.200', true],
  ['198.51.103.1', false],
  ['2001:db8:77::7', true],
  ['2001:db8:77::8', false],
  ['2001:db8:99::1:2', true],
  ['2001:db8:9a::1', false],
])("%s is among the host's own: %s", (address, expected) => {
  const all = [...parseRoutes4(FIB_TRIE), ...parseAddresses6(IF_INET6), ...parseRoutes6(IPV6_ROUTE)];
  expect(setOf(all, plainAddress).has(address)).toBe(expected);
});
