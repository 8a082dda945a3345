import * as fc from 'fast-check';
import { brotliCompressSync, constants, deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { isBrotliBlock, isDeflateBlock } from './plausible.ts';

const LEVELS = [0, 1, 6, 9];
const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];
/** Text, noise, and long repetitions: at least as long as the shortest value that is searched. */
const content = fc
  .oneof(
    fc.string({ minLength: 8, maxLength: 400 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ minLength: 8, maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.integer({ min: 8, max: 3000 }))
      .map(([text, times]) => Buffer.from(text.repeat(times))),
  )
  .filter(({ length }) => length >= 8);

describe('compressed data', () => {
  test('is plausible as deflate, by any level and strategy', () => {
    fc.assert(
      fc.property(
        content,
        fc.constantFrom(...LEVELS),
        fc.constantFrom(...STRATEGIES),
        (bytes, level, strategy) => {
          expect(isDeflateBlock(deflateRawSync(bytes, { level, strategy }), 0)).toBe(true);
          expect(isDeflateBlock(deflateSync(bytes, { level, strategy }), 2)).toBe(true);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test('is plausible as brotli, by any quality', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 0, max: 11 }), (bytes, quality) => {
        const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
        const compressed = brotliCompressSync(bytes, { params });
        // Excludes data that expands more than 40 times.
        fc.pre(bytes.length < compressed.length * 40);
        expect(isBrotliBlock(compressed)).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });
});

test('noise is rarely plausible', () => {
  // The same noise in each run: a generator of numbers (Numerical Recipes) gives the bytes.
  let state = 1;
  const byte = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const noise = Array.from({ length: 5000 }, () => Uint8Array.from({ length: 27 }, byte));
  expect(noise.filter((bytes) => isDeflateBlock(bytes, 0)).length).toBeLessThan(500);
  expect(noise.filter((bytes) => isBrotliBlock(bytes)).length).toBeLessThan(250);
});
