import { expect, test } from 'vitest';
import { deniedAddresses } from './opener.ts';

test("what must not be reached: the host's own addresses, and some that would be ways out", () => {
  const common = { netmask: '', mac: '', cidr: null };
  const denied = deniedAddresses({
    lo: [{ ...common, address: '127.0.0.1', family: 'IPv4', internal: true }],
    eth0: [
      { ...common, address: '10.0.0.5', family: 'IPv4', internal: false },
      { ...common, address: '2001:db8::5', family: 'IPv6', internal: false, scopeid: 0 },
      { ...common, address: 'fe80::5', family: 'IPv6', internal: false, scopeid: 2 },
    ],
  });
  expect(denied).toEqual([
    '10.0.0.5:22',
    '[2001:db8::5]:22',
    '192.0.2.1:443',
    '[2001:db8::1]:443',
    '169.254.169.254:80',
    '255.255.255.255:9',
    '224.0.0.1:9',
  ]);
});
