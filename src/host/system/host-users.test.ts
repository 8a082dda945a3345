import { expect, test } from 'vitest';
import { agentOwner, gatewayOwner } from '../user.ts';
import { nameIn, rangeOwnerIn, usersWith } from './host-users.ts';

test('the user of an id is found, and the owner of a subordinate range', () => {
  expect(nameIn('root:x:0:0::/:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n', 1000)).toBe('me');
  expect(nameIn('root:x:0:0::/:/bin/sh\n', 1000)).toBeUndefined();
  expect(rangeOwnerIn('me:100000:65536\nyou:165536:65536\n', 165_536)).toBe('you');
  expect(rangeOwnerIn('me:100000:65536\n', 165_536)).toBeUndefined();
  expect(rangeOwnerIn('\nbroken\n', 5)).toBeUndefined();
});

test('no user of this host has an id of bottles or gateways', async () => {
  expect(await usersWith(agentOwner())).toEqual([]);
  expect(await usersWith(gatewayOwner())).toEqual([]);
});

test.runIf(process.geteuid?.() === 0)('a user of this host is found by an id that is taken', async () => {
  expect(await usersWith({ uid: 1, gid: 1 })).toEqual([
    expect.stringContaining('passwd database'),
    expect.stringContaining('group database'),
  ]);
});
