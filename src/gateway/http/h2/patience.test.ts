import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

const sendTo = (patience: Patience, frames: number, bytes: number): void => {
  for (let count = 0; count < frames; count += 1) patience.sent(bytes);
};

/** Returns how many window updates it accepts, up to a maximum. */
const borne = (patience: Patience, most: number): number => {
  for (let count = 0; count < most; count += 1) if (!patience.bearRoom(0)) return count;
  return most;
};

test('patience ends', () => {
  const patience = new Patience(0);
  expect(patience.spend(1_000, 0)).toBe(true);
  expect(patience.spend(1, 0)).toBe(false);
});

test('what is worth something gives some back, and so does time, but never more than there was', () => {
  const patience = new Patience(0);
  sendTo(patience, 250, 1);
  expect(patience.spend(1_000, 0)).toBe(true);
  sendTo(patience, 5, 1);
  expect([patience.spend(10, 0), patience.spend(50, 1_000), patience.spend(1, 1_000)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([patience.spend(1_000, 1_000_000), patience.spend(1, 1_000_000)]).toEqual([true, false]);
});

test.for<[string, number, number, number]>([
  ['nothing', 0, 0, 0],
  ['a byte', 1, 1, 2],
  ['a frame', 1, 16_384, 32],
  ['what is not a whole number of KiB', 1, 5_000, 10],
  ['many small frames', 3_000, 1, 6_000],
  ['20 MB', 1_221, 16_384, 39_072],
  ['more than anybody reads late', 10_000, 16_384, 100_000],
])('room for more is free twice for each KiB that was sent: %s', ([, frames, bytes, expected]) => {
  const patience = new Patience(0);
  sendTo(patience, frames, bytes);
  expect(borne(patience, 200_000)).toBe(expected + 1_000);
});

test('what was borne for content is not borne for anything else', () => {
  const patience = new Patience(0);
  sendTo(patience, 1_000, 16_384);
  expect([patience.spend(1_000, 0), patience.spend(1, 0)]).toEqual([true, false]);
});
