import { expect, test } from 'vitest';
import type { Entry } from './line.ts';
import { Repeats } from './repeats.ts';

const entry = (host: string): Entry => ({
  verdict: 'deny',
  rule: 'default',
  via: 'http',
  host,
  port: 80,
  method: 'GET',
  path: '/',
  reason: 'no',
});

test('the log writes the first five equal lines and counts the rest', () => {
  const written: [string, number][] = [];
  const repeats = new Repeats(({ host }, count) => written.push([host, count]));
  const isRepeat = Array.from({ length: 8 }, () => repeats.isRepeat(entry('a')));
  expect(isRepeat).toEqual([false, false, false, false, false, true, true, true]);
  expect(repeats.isRepeat(entry('b'))).toBe(false);
  repeats.flush();
  expect(written).toEqual([['a', 3]]);
  expect(repeats.isRepeat(entry('a'))).toBe(false);
});

test('the log writes every line of a kind that it has no room to count', () => {
  const repeats = new Repeats(() => undefined);
  for (let kind = 0; kind < 1_000; kind += 1) repeats.isRepeat(entry(`${kind}`));
  for (let again = 0; again < 10; again += 1) expect(repeats.isRepeat(entry('late'))).toBe(false);
  repeats.flush();
});
