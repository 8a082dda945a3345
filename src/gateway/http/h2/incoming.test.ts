import { expect, test } from 'vitest';
import { Incoming, isFlooded } from './incoming.ts';

/** Enough of them to be too much, with a byte on each. */
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
