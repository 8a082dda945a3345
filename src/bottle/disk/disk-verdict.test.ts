import { expect, test } from 'vitest';
import {
  growthOf,
  isMeasureDue,
  overDisk,
  type DiskBounds,
  type DiskStart,
  type Measured,
} from './disk-verdict.ts';

const MIB = 1024 ** 2;
const START: DiskStart = {
  bytes: 500 * MIB,
  files: 1000,
  isComplete: true,
  freeBytes: 10_000 * MIB,
  freeFiles: 100_000,
};
const BOUNDS: DiskBounds = { bytes: 16 * MIB, files: 4096 };
const ALLOWANCE = { start: START, bounds: BOUNDS };

/** The disk after the agent has added this much. The hidden part is deleted and still open. */
const after = ({ mib = 0, files = 0, hiddenMib = 0, isComplete = true }) => ({
  use: { bytes: START.bytes + mib * MIB, files: 1000 + files, isComplete },
  room: { freeBytes: START.freeBytes - (mib + hiddenMib) * MIB, freeFiles: 100_000 - files },
});

test.each([
  ['what was there before does not count', after({ mib: 15 }), 'nothing'],
  ['more bytes than the bound', after({ mib: 17 }), 'grown by 17 MiB, and resources.disk allows 16 MiB'],
  ['more files than the bound', after({ files: 5000 }), '5000 more files'],
  [
    'a folder that nobody can read counts with what the disk has lost',
    after({ hiddenMib: 17, isComplete: false }),
    'grown by 17 MiB',
  ],
  ['what others take of a disk with much room does not count', after({ hiddenMib: 9000 }), 'nothing'],
  ['the disk is nearly full, and nobody can tell by whom', after({ hiddenMib: 9950 }), 'only 50 MiB left'],
])('ends an agent for its disk use: %s', (_, look, why) => {
  expect(overDisk(ALLOWANCE, look) ?? 'nothing').toContain(why);
});

test('ends no agent that has written little on a disk that was nearly full before', () => {
  const start = { ...START, freeBytes: 60 * MIB };
  const look = {
    use: { ...START, bytes: START.bytes + MIB },
    room: { freeBytes: 20 * MIB, freeFiles: 100_000 },
  };
  expect(overDisk({ start, bounds: BOUNDS }, look)).toBeUndefined();
  const large = { ...look, use: { ...START, bytes: START.bytes + 20 * MIB } };
  expect(overDisk({ start, bounds: { ...BOUNDS, bytes: 10_000 * MIB } }, large)).toContain('20 MiB left');
});

test('counts files by the disk where du does not', () => {
  const { use, room } = after({ files: 5000 });
  expect(growthOf(START, { use: { ...use, files: undefined }, room }).files).toBe(5000);
});

const measured = (agoMs: number, tookMs: number): Measured => ({ ...after({}), agoMs, tookMs });

test.each([
  ['not while the disk loses nothing', measured(1000, 10), after({}), false],
  ['not for a drop that is small', measured(1000, 10), after({ hiddenMib: 3 }), false],
  ['for a drop that could be a good part of what is left', measured(1000, 10), after({ hiddenMib: 5 }), true],
  ['not at once after a measurement that took long', measured(1000, 900), after({ hiddenMib: 5 }), false],
  ['at once for a drop beyond the bound', measured(0, 900), after({ hiddenMib: 17 }), true],
  ['at once for files beyond the bound', measured(0, 900), after({ files: 5000 }), true],
  ['from time to time, for others may free what the agent takes', measured(31_000, 10), after({}), true],
])('measures a tree again: %s', (...[, last, { room }, isDue]) => {
  expect(isMeasureDue(ALLOWANCE, last, room)).toBe(isDue);
});
