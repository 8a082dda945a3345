import { expect, test } from 'vitest';
import { PROBES } from '../probes/index.ts';
import { broadcastOf, possibleProbes, viewHost, bridgeOver, isNobodyElses, ownNameOf } from './host-view.ts';
import { DRIVERS } from '../../drivers/index.ts';

test.each([
  ['192.0.2.9', '255.255.255.0', '192.0.2.255'],
  ['10.1.2.3', '255.255.240.0', '10.1.15.255'],
  ['172.17.0.1', '255.255.0.0', '172.17.255.255'],
  ['198.51.100.7', '255.255.255.255', '198.51.100.7'],
])('the broadcast address of %s/%s is %s', (address, netmask, broadcast) => {
  expect(broadcastOf(address, netmask)).toBe(broadcast);
});

test('a host without a network keeps the attacks that need none', () => {
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

test("the host's own name is one that it resolves itself", async () => {
  expect((await viewHost()).ownName).not.toBe('');
});

const bridgeOf = (id: string): string =>
  DRIVERS.flatMap((driver) => driver.hostNames(id)?.bridge ?? [])[0] ?? '';
const [inner, other] = [bridgeOf('mine-1'), bridgeOf('yours-1')];
const own = new Set([inner, 'beyond77']);

test.each([
  ['an interface of the host', ['eth0', undefined], true],
  ['a bridge of somebody else who is no bottle', ['docker0', undefined], true],
  ['a port of that', ['veth12', 'docker0'], true],
  ['the bridge of an own bottle', [inner, undefined], true],
  ['a port of it', ['veth34', inner], true],
  ['the bridge of another bottle', [other, undefined], false],
  ['a port of that bridge', ['veth56', other], false],
  ['the own way beyond', ['beyond77', undefined], true],
  ['the way beyond of another', ['beyond78', undefined], false],
])("the host's view: %s", (_, names, isTarget) => {
  expect(isNobodyElses(names, own)).toBe(isTarget);
});

test('loopback is not a port of a bridge', () => {
  expect(bridgeOver('lo')).toBeUndefined();
});

const HOST = { addresses: ['192.0.2.9'], hostname: 'box' };

test.each([
  [
    'an address that others reach comes first',
    '127.0.1.1 box\n192.0.2.9 box.corp.test box # lan',
    'box.corp.test',
  ],
  ['else the host’s name on loopback', '127.0.0.1 localhost\n127.0.1.1\tother box', 'box'],
  ['another’s address is none of the host’s', '192.0.2.10 box\n127.0.0.1 localhost', 'localhost'],
  ['a comment is no entry', '# 192.0.2.9 box\n', 'localhost'],
  ['nor is a name that no manifest takes', '192.0.2.9 my_box BOX *.box', 'localhost'],
  ['IPv6 is not what is meant', '::1 box', 'localhost'],
  ['no file', '', 'localhost'],
])('a bridge: %s', (_, hosts, name) => {
  expect(ownNameOf({ ...HOST, hosts })).toBe(name);
});
