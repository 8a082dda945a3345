import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutRepeats, withoutRuns } from './pixels.ts';

const part = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.nat({ max: 40 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: 1 + times }, () => bytes)));
const text = fc.string({ minLength: 8, maxLength: 60, unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') });

test('what is left out of pixels is nothing but what repeats: texts are all there', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), text, fc.nat(), (parts, secret, place) => {
      const bytes = Buffer.concat(parts);
      const at = place % (bytes.length + 1);
      const all = Buffer.concat([bytes.subarray(0, at), Buffer.from(secret), bytes.subarray(at)]);
      expect(Buffer.from(withoutRuns(withoutRepeats(all))).includes(secret)).toBe(true);
    }),
  );
});

test('rows and runs shrink to little', () => {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(4000, 'abcd'), Buffer.alloc(3000, 'efg')]);
  const rows = Buffer.alloc(row.length * 500, row);
  expect(withoutRuns(withoutRepeats(rows)).length).toBeLessThan(1000);
});
