import { expect, test } from 'vitest';
import { PROBES } from '../probes/index.ts';
import { broadcastOf, possibleProbes, viewHost } from './host-view.ts';

test.each([
  ['192.0.2.9', '255.255.255.0', '192.0.2.255'],
  ['10.1.2.3', '255.255.240.0', '10.1.15.255'],
  ['172.17.0.1', '255.255.0.0', '172.17.255.255'],
  ['198.51.100.7', '255.255.255.255', '198.51.100.7'],
])('the broadcast address of %s/%s is %s', (address, netmask, broadcast) => {
  expect(broadcastOf(address, netmask)).toBe(broadcast);
});

test('a host without a network is left with what needs none', () => {
  const alone = {
    ip4: [],
    ip6: [],
    linkLocal: [],
    broadcast: [],
    links: [],
    ownName: 'localhost',
    hasPerl: false,
    isX64: false,
    hasX32: false,
    hasSysrq: false,
    loadable: [],
    mayTrace: false,
    known: {},
    hasGit: false,
    hasScript: false,
    captures: false,
    beyond: { at: undefined, missing: 'nobody' },
  };
  const possible = possibleProbes(PROBES, alone);
  expect(possible.map(({ id }) => id)).toContain('tcp-loopback');
  expect(possible.every(({ needs }) => needs === undefined)).toBe(true);
});

test('the own name is one that the host knows by itself', async () => {
  expect((await viewHost()).ownName).not.toBe('');
});
