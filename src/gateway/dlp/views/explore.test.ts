import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { explore } from './explore.ts';
import { budgetFor, type Budget } from './tries.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
/** Parts of bodies that try to take a long time. */
const UNITS = [
  'a',
  'V',
  'A',
  '\\',
  '%',
  '&',
  '\0',
  ' ',
  '0x',
  '%252525',
  '%2525',
  '\\u0025',
  '&amp;amp;',
  'JBSWY3DPEHPK3PXP',
  'jbswy3dpehpk3pxp',
  'H4sI',
  '78da',
  'eJw',
  'aaaa bbbb ',
  'x\0',
  '\0\0\0x',
  base64(Buffer.from('%41%42%43%44%45%46')),
  base64(Buffer.from(base64(Buffer.from(base64(Buffer.from('what is in there')))))),
].map((text) => Buffer.from(text, 'latin1'));
const packed = gzipSync('a'.repeat(99));
const MARKS = [Buffer.from([0x78, 0x9c, 5]), Buffer.from([0x1f, 0x8b, 8, 0]), packed];
const units = fc
  .array(fc.constantFrom(...UNITS, ...MARKS), { minLength: 1, maxLength: 4 })
  .map((parts) => Buffer.concat(parts));

function explored(bytes: Uint8Array): Budget {
  const budget = budgetFor(bytes.length);
  explore(bytes, { values: (view) => view.bytes, patterns: (view) => view.bytes }, budget);
  return budget;
}

/** How many bytes are inspected in all, also without any decoding. */
const workOf = (bytes: Uint8Array): number => explored(bytes).workDone;

/** Compares the work for two sizes: below the least work that is allowed, and above it. */
function growthOf(unit: Buffer): number {
  const [small = 0, large = Infinity] = [16, 64].map((kib) => workOf(Buffer.alloc(kib * 1024, unit)));
  return large / small;
}

const ALONE = [...UNITS, ...MARKS].map((unit) => [unit.toString('latin1'), unit] as const);

test.each(ALONE)('four times the input costs at most four times the work: %j', (_, unit) => {
  expect(growthOf(unit)).toBeLessThan(5);
});

// The same mixtures in each run. Of random mixtures, a few in a thousand grow by more, up to the limit below: the end
// cuts a unit elsewhere, or streams overlap.
test('four times the input costs at most four times the work, even for mixtures', () => {
  fc.assert(
    fc.property(units, (unit) => {
      expect(growthOf(unit)).toBeLessThan(5);
    }),
    { seed: 1, numRuns: 25, examples: [[Buffer.from('aaaa bbbb 78da')]] },
  );
});

/** For each byte, including decompressed ones. */
const MOST_TIMES = 64;

test('the number of inspections of each byte is bounded, whatever is repeated', () => {
  fc.assert(
    fc.property(units, (unit) => {
      const size = 64 * 1024;
      const { outputLeft } = budgetFor(size);
      const budget = explored(Buffer.alloc(size, unit));
      const given = outputLeft - budget.outputLeft;
      expect(budget.workDone / (size + given)).toBeLessThanOrEqual(MOST_TIMES);
    }),
    { numRuns: runs(40), examples: [[Buffer.from('aaaa bbbb 78da')]] },
  );
});

test.each(['3', '4', '5', '6', '7'])('a buffer that is filled with %s is looked at to its end', (digit) => {
  for (const size of [12_000, 60_000, 300_000])
    expect(explored(Buffer.alloc(size, digit)).unexplored).toBeUndefined();
});
