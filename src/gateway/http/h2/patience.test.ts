import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

test('patience ends', () => {
  const patience = new Patience(0);
  expect(patience.spend(1_000, 0)).toBe(true);
  expect(patience.spend(1, 0)).toBe(false);
});

test('what is worth something gives some back, and so does time, but never more than there was', () => {
  const patience = new Patience(0);
  patience.regain(500);
  expect(patience.spend(1_000, 0)).toBe(true);
  patience.regain(10);
  expect([patience.spend(10, 0), patience.spend(50, 1_000), patience.spend(1, 1_000)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([patience.spend(1_000, 1_000_000), patience.spend(1, 1_000_000)]).toEqual([true, false]);
});
