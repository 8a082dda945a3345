import { expect, test } from 'vitest';
import { agentOwner, gatewayOwner, isBottleUid, isRoot, keyHolderOwner, ownOwner } from './user.ts';

const IDS = Array.from({ length: 2_000 }, (_, number) => `agent-${number.toString(16)}`);

// The current user decides which of these ids exist.
test.each(isRoot() ? [IDS] : [])('every bottle has a user id by its name, in an unused range', (...ids) => {
  const uids = ids.map((id) => ownOwner(id).uid);
  expect(new Set(uids).size).toBeGreaterThan(ids.length - 2);
  for (const uid of uids) expect(uid >= 0x7800_0000 && uid <= 0x7fff_ffff && isBottleUid(uid)).toBe(true);
  expect(ownOwner('agent-1')).toEqual(ownOwner('agent-1'));
  const shared = [agentOwner(), gatewayOwner(), keyHolderOwner()].map(({ uid }) => uid);
  expect(uids.filter((uid) => shared.includes(uid))).toEqual([]);
});

test.each([1, 65_534, 0x77ff_ffff, 0x8000_0000])('processes of user %i belong to no bottle', (uid) => {
  expect(isBottleUid(uid)).toBe(false);
});

test.each(isRoot() ? [] : IDS.slice(0, 3))("an ordinary user's bottle %s has that user's id", (id) => {
  expect(ownOwner(id)).toEqual(agentOwner());
});
