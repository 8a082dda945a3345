import { expect, test } from 'vitest';
import { unreachablePlaces } from './unreachable.ts';

test("unreachable targets are the host's own addresses and some possible ways out", () => {
  const common = { netmask: '', mac: '', cidr: null };
  const places = unreachablePlaces({
    lo: [{ ...common, address: '127.0.0.1', family: 'IPv4', internal: true }],
    eth0: [
      { ...common, address: '10.0.0.5', family: 'IPv4', internal: false },
      { ...common, address: '2001:db8::5', family: 'IPv6', internal: false, scopeid: 0 },
      { ...common, address: 'fe80::5', family: 'IPv6', internal: false, scopeid: 2 },
    ],
  });
  expect(places).toEqual([
    '10.0.0.5:9',
    '[2001:db8::5]:9',
    '169.254.169.254:80',
    '192.0.2.1:443',
    '255.255.255.255:9',
    '224.0.0.1:9',
    '[2001:db8::1]:443',
  ]);
});
