import { describe, expect, test } from 'vitest';
import { isOut, readLine, settledAt } from './capture.ts';

const seen = { word: 'bbn', way: 'a packet' };
const inside = new Set(['bb-1']);

describe('packets that have left', () => {
  test.each([
    ['on an interface of the host', { ...seen, device: 'eth0', bridge: '' }],
    ['on the bridge of another bottle', { ...seen, device: 'bb-2', bridge: '' }],
    ['at a port of another bottle’s bridge', { ...seen, device: 'veth1', bridge: 'bb-2' }],
    ['on an interface that is gone', { ...seen, device: 'interface 12', bridge: '' }],
    ['taken in by the host, wherever it came from', seen],
  ])('a captured packet has left: %s', (_, heard) => {
    expect(isOut(heard, inside)).toBe(true);
  });
});

describe('packets between an attacked bottle and its gateway', () => {
  test.each([
    ['on the bridge', { ...seen, device: 'bb-1', bridge: '' }],
    ['at one of its ports', { ...seen, device: 'veth1', bridge: 'bb-1' }],
  ])('a captured packet has not left: %s', (_, heard) => {
    expect(isOut(heard, inside)).toBe(false);
  });
});

describe('a line of the capture', () => {
  test('a line of the capture may have an interface named like a number', () => {
    const line = { word: 'bbn', way: 'a packet into 10', device: '10', bridge: '7' };
    expect(readLine(JSON.stringify(line))).toEqual(line);
  });

  test.each(['', '{"ready":', '{"word":"bbn","way":"x","device":10}', '[]'])(
    '%s is no line of the capture',
    (text) => {
      expect(readLine(text)).toBeUndefined();
    },
  );
});

describe('a settled capture', () => {
  test('a settled capture missed nothing if no more packets were lost than before', () => {
    expect(settledAt({ looked: 9, lost: 0 }, 0)).toMatchObject({ missed: undefined });
    expect(settledAt({ looked: 9, lost: 4 }, 4).missed).toBeUndefined();
  });

  test('a settled capture that has lost packets may have missed anything', () => {
    const { said, missed } = settledAt({ looked: 9, lost: 7 }, 4);
    expect([said, missed]).toEqual([
      expect.stringContaining('7 were lost'),
      expect.stringContaining('lost 3 packets'),
    ]);
  });

  test.each(['no answer', { ready: 1 } as const])('%j is no count of lost packets', (answer) => {
    expect(() => settledAt(answer, 0)).toThrow(/ended before the attack did/);
  });
});
