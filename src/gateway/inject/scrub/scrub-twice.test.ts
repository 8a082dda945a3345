import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { createScrub } from './scrub.ts';
import { inPiecesStarred, partsLeft, SECRET, sizes } from './scrubbing.testing.ts';

const scrub = createScrub([SECRET, 'ghp_9fK2mQ7xT4vB8nR1']);

describe('echoes that are encoded twice, or in wide characters', () => {
  const digits = [...Buffer.from(SECRET)].map((byte) => byte.toString(16).padStart(2, '0'));
  const upper = digits.map((two) => two.toUpperCase());
  const hex = [digits, upper].flatMap((all) => [
    ...[':', '-', ' '].map((separator) => all.join(separator)),
    ...[', ', ',', ' '].map((separator) => all.map((two) => `0x${two}`).join(separator)),
    all.map((two) => `\\x${two}`).join(''),
  ]);
  const little = Buffer.from(SECRET, 'utf16le');
  const wide = [little, Buffer.from(little).swap16()].map((bytes) => bytes.toString('latin1'));

  test.each([...hex, ...wide, JSON.stringify(wide[0]).slice(1, -1)])(
    'are scrubbed: %j, in pieces of any size',
    (form) => {
      const body = Buffer.from(`{"you sent":"${form}","ok":true}`, 'latin1');
      for (const size of [1, 7, body.length]) {
        const out = inPiecesStarred(scrub, body, [size]).toString('latin1');
        expect(out.length).toBe(body.length);
        // The NUL at one end of UTF-16 stays.
        expect(out).toMatch(/^\{"you sent":"(?:\0|\\u0000)?\*+(?:\0|\\u0000)?","ok":true\}$/);
      }
    },
  );

  test('base64 of base64 leaves no decodable part of the secret, at any start', () => {
    const around = fc.string({ unit: 'grapheme-ascii', maxLength: 5 });
    const echo = fc.record({
      inner: around,
      outer: around,
      kind: fc.constantFrom<BufferEncoding>('base64', 'base64url'),
      isCut: fc.boolean(),
      cuts: sizes,
    });
    fc.assert(
      fc.property(echo, ({ inner, outer, kind, isCut, cuts }) => {
        const once = Buffer.from(`${inner}${SECRET}${inner}`).toString(kind);
        const twice = Buffer.from(`${outer}${once}${outer}`).toString(kind);
        const text = isCut ? twice.replace(/.{76}/g, '$&\n') : twice;
        const out = inPiecesStarred(scrub, Buffer.from(text), cuts).toString();
        expect(out.length).toBe(text.length);
        expect(out.replaceAll('*', '').length).toBeLessThan(text.length - SECRET.length * 1.6);
        const left = Buffer.from(out.replaceAll('*', 'A'), kind).toString('latin1').slice(outer.length);
        expect(partsLeft(Buffer.from(left, kind).toString('latin1'), SECRET)).toEqual([]);
      }),
      { numRuns: runs(100) },
    );
  });
});
