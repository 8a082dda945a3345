import { expect, test } from 'vitest';
import { DRIVERS } from '../../drivers/index.ts';
import { bridgeOver, isNobodyElses } from './links.ts';

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
])('%s', (_, names, isTarget) => {
  expect(isNobodyElses(names, own)).toBe(isTarget);
});

test('loopback is a port of nothing', () => {
  expect(bridgeOver('lo')).toBeUndefined();
});
