import { describe, expect, test } from 'vitest';
import { isOut } from './capture.ts';

const seen = { word: 'bbn', way: 'a packet' };
const inside = new Set(['bb-1']);

describe('what was heard is out', () => {
  test.each([
    ['on an interface of the host', { ...seen, device: 'eth0', bridge: '' }],
    ['on the bridge of another bottle', { ...seen, device: 'bb-2', bridge: '' }],
    ['at a port of another bottle’s bridge', { ...seen, device: 'veth1', bridge: 'bb-2' }],
    ['on an interface that is gone', { ...seen, device: 'interface 12', bridge: '' }],
    ['taken in by the host, wherever it came from', seen],
  ])('%s', (_, heard) => {
    expect(isOut(heard, inside)).toBe(true);
  });
});

describe('it is not, between a bottle under attack and its gateway', () => {
  test.each([
    ['on the bridge', { ...seen, device: 'bb-1', bridge: '' }],
    ['at one of its ports', { ...seen, device: 'veth1', bridge: 'bb-1' }],
  ])('%s', (_, heard) => {
    expect(isOut(heard, inside)).toBe(false);
  });
});
