import { expect, test } from 'vitest';
import { PROBES } from '../src/verify/probes/index.ts';
import { NOT_SEEN } from '../test/conformance/sabotage/not-seen.ts';
import { whereSeen } from '../test/conformance/sabotage/seen.ts';
import { SABOTAGES } from '../test/conformance/sabotage/table.ts';

test('each probe has been seen to succeed, in the open or by a mistake of ours, or it is said why not', () => {
  const unexplained = PROBES.filter((probe) => {
    const seen = whereSeen(probe);
    return seen.where === 'nowhere' && seen.why === undefined;
  });
  expect(unexplained.map(({ id }) => id)).toEqual([]);
});

test('what is said to be seen nowhere is a probe, and is seen nowhere', () => {
  const unseen = PROBES.filter((probe) => whereSeen(probe).where === 'nowhere').map(({ id }) => id);
  expect(Object.keys(NOT_SEEN).toSorted()).toEqual(unseen.toSorted());
});

/** If these succeeded outside a separate namespace, they would request a cloud's keys, or rename the machine. */
const APART = { 'metadata-address': 'network', 'metadata-name': 'network', 'host-name': 'host name' };

test('what would do harm is seen in a namespace of its own only', () => {
  for (const [id, apart] of Object.entries(APART)) {
    const found = SABOTAGES.filter(({ breached = [] }) => breached.includes(id));
    expect(found.filter((sabotage) => sabotage.apart !== apart).map(({ name }) => name)).toEqual([]);
  }
});

test('a sabotage names probes that there are', () => {
  const ids = PROBES.map(({ id }) => id);
  const named = SABOTAGES.flatMap(({ breached = [], held = [], unproven = [] }) => [
    ...breached,
    ...held,
    ...unproven,
  ]);
  expect(named.filter((id) => !ids.includes(id))).toEqual([]);
});
