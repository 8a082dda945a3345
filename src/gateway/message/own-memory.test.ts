import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { apart, Beginning } from './own-memory.ts';

test('a small part of memory is copied, and a large part stays where it is', () => {
  const whole = Buffer.allocUnsafeSlow(100).fill(7);
  expect(apart(whole)).toBe(whole);
  const large = whole.subarray(20);
  expect(apart(large)).toBe(large);
  const small = apart(whole.subarray(0, 50));
  expect([small.buffer.byteLength, small]).toEqual([50, Buffer.alloc(50, 7)]);
  expect(apart(Buffer.alloc(0))).toHaveLength(0);
});

test('a beginning holds the added bytes, with room for at most twice that, and never more than expected', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pieces, fc.nat(300), (added, beyond) => {
      const mostBytes = Buffer.concat(added).length + beyond;
      const beginning = new Beginning();
      for (const [index, piece] of added.entries()) {
        beginning.add(piece, mostBytes);
        const { bytes } = beginning;
        expect(bytes).toEqual(Buffer.concat(added.slice(0, index + 1)));
        expect(beginning.memoryBytes).toBe(bytes.buffer.byteLength);
        expect(beginning.memoryBytes).toBeLessThanOrEqual(Math.min(2 * bytes.length, mostBytes));
      }
      expect(beginning.take()).toEqual(Buffer.concat(added));
      expect([beginning.length, beginning.memoryBytes, beginning.take().length]).toEqual([0, 0, 0]);
    }),
  );
});
