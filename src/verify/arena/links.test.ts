import { expect, test } from 'vitest';
import { bridgesOf } from '../../drivers/container/names.ts';
import { bridgeOver, isNobodyElses } from './links.ts';

const [inner = ''] = bridgesOf('mine-1');
const [other = ''] = bridgesOf('yours-1');
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
