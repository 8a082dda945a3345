import { expect, test } from 'vitest';
import { Incoming, isFlooded } from './incoming.ts';

/** With one byte on each, this number exceeds the limit. */
const MANY = 7_000;

const withOneByte = (): Incoming => {
  const incoming = new Incoming(() => undefined);
  incoming.push(Buffer.from('x'));
  return incoming;
};

test('what is held is counted as what it takes of memory', () => {
  const all = Array.from({ length: MANY }, withOneByte);
  expect(isFlooded()).toBe(true);
  for (const incoming of all) incoming.discard();
  expect(isFlooded()).toBe(false);
});

test('what was taken as a whole is told, so that there is room for more', () => {
  const told: number[] = [];
  const incoming = new Incoming((bytes) => told.push(bytes));
  incoming.push(Buffer.from('abc'));
  incoming.end();
  expect([incoming.takeWhole()?.toString(), told]).toEqual(['abc', [3]]);
});

test('what was thrown away is not taken for the beginning of the rest', () => {
  const incoming = withOneByte();
  const heard: string[] = [];
  incoming.read({ data: () => true, ended: () => heard.push('ended'), broke: () => undefined });
  incoming.discard();
  incoming.goOn();
  incoming.end();
  expect(heard).toEqual([]);
});
