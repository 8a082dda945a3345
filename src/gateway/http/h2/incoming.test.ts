import { expect, test } from 'vitest';
import { Incoming, isFlooded } from './incoming.ts';

/** With one byte on each, this number exceeds the limit. */
const MANY = 7_000;

const withOneByte = (): Incoming => {
  const incoming = new Incoming(() => undefined);
  incoming.push(Buffer.from('x'));
  return incoming;
};

test('held content counts with the memory that it takes', () => {
  const all = Array.from({ length: MANY }, withOneByte);
  expect(isFlooded()).toBe(true);
  for (const incoming of all) incoming.discard();
  expect(isFlooded()).toBe(false);
});

test('content that is read as a whole is reported, so that the window grows', () => {
  const told: number[] = [];
  const incoming = new Incoming((bytes) => told.push(bytes));
  incoming.push(Buffer.from('abc'));
  incoming.end();
  expect([incoming.takeWhole()?.toString(), told]).toEqual(['abc', [3]]);
});

test('discarded bytes do not count as the beginning of the rest', () => {
  const incoming = withOneByte();
  const heard: string[] = [];
  incoming.read({ data: () => true, ended: () => heard.push('ended'), broke: () => undefined });
  incoming.discard();
  incoming.goOn();
  incoming.end();
  expect(heard).toEqual([]);
});
