import { expect, it } from 'vitest';
import { addressesOn } from './host-side.ts';

const on = (...addresses: string[]) => ({
  'bb-0': addresses.map((address) => ({
    address,
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
  })),
  eth0: [{ address: '192.0.2.1', family: 'IPv4' as const }],
});

it("the readback finds the host's addresses on a bridge", () => {
  expect(addressesOn('bb-0', on('198.18.0.1', 'fd00::1'))).toEqual(['198.18.0.1', 'fd00::1']);
});

it('the readback finds nothing on a bridge without addresses, or with those that every interface has', () => {
  expect(addressesOn('bb-0', on('fe80::1'))).toEqual([]);
  expect(addressesOn('bb-1', on('198.18.0.1'))).toEqual([]);
});
