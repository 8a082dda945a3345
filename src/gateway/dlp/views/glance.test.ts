import * as fc from 'fast-check';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { CODES, decoded, decodingsOf, type Alphabet, type Decoding } from './decode.ts';
import { glancesOf, textBytesOf, withoutLongDigits, withoutLongZeros } from './glance.ts';
import { hiddenIn } from './hidden.ts';
import { marksIn } from './inflate.ts';
import { sealedIn } from './sealed.ts';
import { isWideAnywhere, textsIn } from './texts.ts';

/** Bytes with texts, marks and rows of NUL among noise. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
      fc.string({ minLength: 4, maxLength: 12 }).map((text) => Buffer.from(text, 'utf16le')),
      fc.constantFrom(gzipSync('some text'), deflateSync('some text'), Buffer.from('BZh91AY&SY\x01\x02')),
      fc.nat({ max: 120 }).map((length) => Buffer.alloc(length)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));
const alphabet = fc.constantFrom<Alphabet>('base64', 'hex', 'base32');

/** Returns the values of the characters of `content`, with `before` ahead of it. */
function valuesOf(content: Buffer, { bits, before }: Stream): Uint8Array {
  const digits = [...content].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const values = digits.match(new RegExp(`.{1,${bits}}`, 'g')) ?? [];
  const all = [...before, ...values.map((value) => Number.parseInt(value.padEnd(bits, '0'), 2))];
  return Uint8Array.from(all, (value) => value & ((1 << bits) - 1));
}

interface Stream {
  readonly bits: number;
  readonly before: readonly number[];
}

const streams = fc
  .tuple(alphabet, bytes, fc.array(fc.nat({ max: 63 }), { maxLength: 9 }))
  .map(([name, content, before]) => ({
    name,
    values: valuesOf(content, { bits: CODES[name].bits, before }),
  }))
  .filter(({ values }) => values.length > 2);

/** The reference: decodes bit after bit. */
function slowly({ bits, values, firstBit, length }: Decoding): Uint8Array {
  const digits = [...values].map((value) => value.toString(2).padStart(bits, '0')).join('');
  return Uint8Array.from({ length }, (_, at) =>
    Number.parseInt(digits.slice(firstBit + at * 8, firstBit + at * 8 + 8), 2),
  );
}

function textOf(content: Uint8Array): string[] {
  return textsIn(content).stretches.map(({ start, end }) =>
    Buffer.from(content.subarray(start, end)).toString('latin1'),
  );
}

test('decodes each alignment from any start', () => {
  fc.assert(
    fc.property(streams, fc.nat({ max: 50 }), ({ name, values }, from) => {
      for (const decoding of decodingsOf(name, values)) {
        const whole = slowly(decoding);
        expect(decoded(decoding, 0, Infinity)).toEqual(whole);
        expect(decoded(decoding, from, from + 9)).toEqual(whole.subarray(from, from + 9));
      }
    }),
  );
});

/** Four characters of UTF-16. */
const WIDE = /(?:\0[\t\n\r -~]){4}/;

test('sees all texts', () => {
  fc.assert(
    fc.property(streams, ({ name, values }) => {
      for (const glance of glancesOf(name, decodingsOf(name, values))) {
        const whole = slowly(glance.decoding);
        const seen = textBytesOf(glance);
        expect(textOf(seen)).toEqual(textOf(whole));
        const isWide = WIDE.test(Buffer.from(whole).toString('latin1'));
        expect(isWideAnywhere(seen) || !isWide).toBe(true);
      }
    }),
    { numRuns: runs(300) },
  );
});

test('sees compressed content, and nothing else', () => {
  fc.assert(
    fc.property(streams, ({ name, values }) => {
      const decodings = decodingsOf(name, values);
      const hidden = hiddenIn(decodings);
      for (const [index, decoding] of decodings.entries()) {
        const whole = slowly(decoding);
        const marks = [...marksIn(whole)].filter(([, at]) => at + 4 < whole.length);
        expect(hidden[index]?.marks ?? []).toEqual(expect.arrayContaining(marks));
        for (const [kind, at] of hidden[index]?.marks ?? [])
          expect([...marksIn(whole.subarray(at))]).toContainEqual([kind, 0]);
        expect(hidden[index]?.sealed).toBe(sealedIn(whole));
      }
    }),
    { numRuns: runs(300) },
  );
});

test('shortens long rows of NUL and keeps the alignment', () => {
  fc.assert(
    fc.property(alphabet, fc.nat({ max: 300 }), fc.string({ maxLength: 20 }), (name, zeros, text) => {
      const content = Buffer.concat([Buffer.from(text), Buffer.alloc(zeros), Buffer.from(text)]);
      const values = valuesOf(content, { bits: CODES[name].bits, before: [] });
      const dense = withoutLongZeros(values, CODES[name].firstBits.length);
      const shorter = [...decodingsOf(name, dense)].map((decoding) => textOf(slowly(decoding)));
      expect(shorter).toEqual(decodingsOf(name, values).map((decoding) => textOf(slowly(decoding))));
    }),
  );
});

test('shortens long rows of one hex digit to the length of the longest value', () => {
  const period = CODES.hex.firstBits.length;
  for (const value of [3, 4, 5, 6, 7]) {
    for (const before of [0, 1, 15, 16, 17]) {
      for (const count of [0, 255, 256, 257, 10_000]) {
        const ends = [Array<number>(before).fill(2), Array<number>(count).fill(value), [5, 9]].flat();
        const dense = withoutLongDigits(Uint8Array.from(ends));
        const removed = ends.length - dense.length;
        expect(dense.length).toBeLessThan(before + 258);
        expect(removed % period).toBe(0);
        expect([...dense]).toEqual(ends.toSpliced(before, removed));
      }
    }
  }
});

test('keeps rows that decode to no text', () => {
  const values = new Uint8Array(10_000).fill(10);
  expect(withoutLongDigits(values)).toBe(values);
});
