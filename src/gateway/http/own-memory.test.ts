import { expect, test } from 'vitest';
import { apart } from './own-memory.ts';

test('a small part of memory is kept in memory of its own, a large one where it is', () => {
  const whole = Buffer.allocUnsafeSlow(100).fill(7);
  expect(apart(whole)).toBe(whole);
  const large = whole.subarray(20);
  expect(apart(large)).toBe(large);
  const small = apart(whole.subarray(0, 50));
  expect([small.buffer.byteLength, small]).toEqual([50, Buffer.alloc(50, 7)]);
  expect(apart(Buffer.alloc(0))).toHaveLength(0);
});
