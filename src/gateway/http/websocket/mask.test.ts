import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { applyMask } from './mask.ts';

test('a mask applies byte by byte, at any place in memory and any length', () => {
  const key = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const length = fc.oneof(fc.nat(8), fc.integer({ min: 1_020, max: 1_030 }), fc.nat(5_000));
  const property = fc.property(key, length, fc.nat(7), (mask, size, from) => {
    const memory = Uint8Array.from({ length: from + size + 3 }, (_, at) => at * 7);
    const expected = memory.map((byte, at) =>
      at < from || at >= from + size ? byte : byte ^ (mask[(at - from) & 3] ?? 0),
    );
    applyMask(memory.subarray(from, from + size), mask);
    expect(Buffer.from(memory).equals(expected)).toBe(true);
  });
  fc.assert(property, { numRuns: runs(300) });
});
