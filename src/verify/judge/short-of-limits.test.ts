import { describe, expect, test } from 'vitest';
import { UNHINDERED } from '../guest/wire.ts';
import { PROBES } from '../probes/index.ts';
import type { Measure } from '../probes/probe.ts';
import { OUTSIDE, whyShort } from './short-of-limits.ts';

const having = (most: number | undefined, bound = 1_000) => ({ most: () => most, bound: () => bound });
const limitOf = (of: Measure) => ({ oracle: { kind: 'exceeds', of } }) as const;

describe.each(['tmp', 'processes', 'memory'] as const)('more %s than is allowed', (of) => {
  test('that was refused, or ended by the kernel, came to its limit', () => {
    expect(whyShort(limitOf(of), 'ENOSPC: no space left on device', having(10))).toBeUndefined();
    expect(whyShort(limitOf(of), 'the program that made it was ended', having(10))).toBeUndefined();
  });

  test('that was not refused did where all was had that there is', () => {
    expect(whyShort(limitOf(of), UNHINDERED, having(1_000))).toBeUndefined();
    expect(whyShort(limitOf(of), UNHINDERED, having(900))).toBeUndefined();
  });

  test('that was not refused proves nothing far from its limit, or unread', () => {
    expect(whyShort(limitOf(of), UNHINDERED, having(899))).toContain('899, of 1000');
    expect(whyShort(limitOf(of), UNHINDERED, having(undefined))).toBeDefined();
    expect(whyShort(limitOf(of), UNHINDERED, undefined)).toBeDefined();
    expect(whyShort(limitOf(of), UNHINDERED, having(5, Infinity))).toBeDefined();
  });
});

test.each(OUTSIDE)('of what is outside, little is kept only where all was made: %s', (of) => {
  expect(whyShort(limitOf(of), UNHINDERED, having(10))).toBeUndefined();
  expect(whyShort(limitOf(of), 'it was not all taken', having(10))).toContain('it was not all taken');
});

test('all else is no limit, and what was not made is said elsewhere', () => {
  const others = PROBES.filter(({ oracle }) => oracle.kind !== 'exceeds');
  expect(others.filter((probe) => whyShort(probe, UNHINDERED, undefined) !== undefined)).toEqual([]);
  expect(whyShort(limitOf('tmp'), undefined, undefined)).toBeUndefined();
});
