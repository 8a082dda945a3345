import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { formsOf } from './forms.ts';
import { createScrub } from './scrub.ts';
import { cutInto, inPieces, MAY_SHOW, pushed, SECRET, showing, sizes } from './scrubbing.testing.ts';
import { spellingsOf } from './spellings.ts';

/**
 * If a form arrives in pieces, its first bytes may show, so that ordinary ends of texts need not wait: no more of the
 * form, and no less of everything else.
 */

const KEY = 'sk-ant-api03-Zq7xK2mVw9RtLpB4nYcD8sHfJ6gTaQeU1oXiM5kWz3';
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('bytes that pass at once', () => {
  const scrub = createScrub([KEY], Infinity);
  const first = (text: string): string | undefined => pushed(scrub, [bytesOf(text)])[0];

  test.each([
    'yes',
    'please',
    'status: done',
    '\n\u0005items',
    'Choose a name',
    '100 %',
    'C:\\',
    'task',
    '73\n',
  ])('include %j', (text) => expect(first(text)).toBe(text));

  test('do not depend on the last byte of a piece', () => {
    const texts = [...Array(256).keys()].map((byte) => `~~~~${String.fromCharCode(byte)}`);
    expect(texts.map(first)).toEqual(texts);
  });

  test('include the first three bytes of any form, and no more of it', () => {
    for (const { bytes } of formsOf([KEY])) {
      const form = Buffer.from(bytes).toString('latin1');
      const begun = [1, 2, MAY_SHOW, MAY_SHOW + 1, form.length - 1].map((length) => form.slice(0, length));
      expect(begun.map((text) => first(`~${text}`))).toEqual(
        [...begun.slice(0, MAY_SHOW), '', ''].map((text) => `~${text}`),
      );
    }
  });
});

const spelledBy = (spelling: number): string =>
  Array.from(SECRET, (char) => spellingsOf(char.charCodeAt(0))[spelling]).join('');
const FORMS: readonly string[] = [
  ...formsOf([SECRET]).map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
  ...Array.from({ length: spellingsOf(0).length }, (_, spelling) => spelledBy(spelling)),
  ...['base64' as const, 'hex' as const].flatMap((kind) =>
    ['\n', '\r\n', '\n    ', '\ndata: ', '\\n'].map((end) =>
      Buffer.from(SECRET)
        .toString(kind)
        .replace(/=+$/, '')
        .replace(/.{2}(?!$)/g, `$&${end}`),
    ),
  ),
];

describe('bytes shown of a form that arrives in pieces', () => {
  const scrub = createScrub([SECRET], Infinity);
  /** The output if the first piece has this length, and the rest arrives at once. */
  const left = (form: string, length: number): string =>
    form.slice(0, length > MAY_SHOW ? 0 : length).padEnd(form.length, '*');

  test('are at most the three bytes that end a piece, and none if a longer match ended there', () => {
    for (const form of FORMS) {
      const cuts = [...Array(form.length).keys()].slice(1);
      const pieces = cuts.flatMap((at) => [`<${form.slice(0, at)}`, `${form.slice(at)}>`]);
      expect(pushed(scrub, pieces.map(bytesOf)).join('')).toBe(
        cuts.map((at) => `<${left(form, at)}>`).join(''),
      );
    }
  });

  test('are no more in pieces of one byte', () => {
    for (const form of FORMS)
      expect(inPieces(scrub, bytesOf(`<${form}>`), [1]).toString('latin1')).toBe(`<${left(form, MAY_SHOW)}>`);
  });

  test('may end with all shown bytes, and none passes twice', () =>
    expect(pushed(scrub, ['a s', 'k', '', '-', 'a', 'n', '! ', 's', ''].map(bytesOf))).toEqual([
      'a s',
      'k',
      '',
      '-',
      '',
      '',
      'an! ',
      's',
      '',
      '',
    ]));

  test('do not include a found form, even where another may begin in it', () => {
    const overlapping = createScrub(['abab-abab']);
    expect(pushed(overlapping, ['abab-ab', 'a', 'b-', 'ab', 'ab', '-'].map(bytesOf)).join('')).toBe(
      '**************-',
    );
  });
});

/** Values that begin within one another and within themselves. */
const VALUES = ['abab-abab', 'bab-ab.ab', 'aaaaaaaa', 'b.abab-abab'];
const reversed = (text: string): string => Array.from(text).toReversed().join('');

const overlapped = fc
  .array(fc.constantFrom(...VALUES, 'abab-', 'bab', 'aaa', 'ab', 'a', 'b', '-', '.'), { maxLength: 30 })
  .map((parts) => bytesOf(parts.join('')));
const small = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });

test('include only bytes at the beginning of each overlapping value, and other bytes stay unchanged', () => {
  const scrub = createScrub(VALUES, Infinity);
  fc.assert(
    fc.property(overlapped, small, (input, cuts) => {
      const text = input.toString('latin1');
      const spans = [...VALUES, ...VALUES.map(reversed)].flatMap((value) =>
        [...text.matchAll(new RegExp(`(?=${value.replaceAll('.', '\\.')})`, 'g'))].map(({ index }) => ({
          from: index,
          to: index + value.length,
        })),
      );
      let end = 0;
      const mayShow = new Set(
        cutInto(input, cuts).flatMap(({ length }) => {
          end += length;
          return showing(spans, end).filter((at) => at >= end - length);
        }),
      );
      const isCovered = (at: number): boolean => spans.some(({ from, to }) => from <= at && at < to);
      const out = inPieces(scrub, input, cuts).toString('latin1');
      const due = Array.from(text, (char, at) =>
        !isCovered(at) || (mayShow.has(at) && out[at] === char) ? char : '*',
      );
      expect(out).toBe(due.join(''));
    }),
    { numRuns: runs(1_000) },
  );
});

const nearMiss = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'sk-ant-api03-',
        '%73k-',
        '\\u0073',
        '\\',
        '%',
        '&amp;',
        'c2st',
        '736b2d',
        '\n',
        '\r\n',
        '73:',
      ),
      fc.string({ maxLength: 6 }),
      fc.nat({ max: 9 }).map((length) => SECRET.slice(0, length)),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.from(parts.join('')));

test('are all of a piece, or leave out an end of more than three bytes', () => {
  const scrub = createScrub([SECRET], Infinity);
  fc.assert(
    fc.property(nearMiss, fc.oneof(small, sizes), (input, cuts) => {
      const pieces = cutInto(input, cuts);
      let end = 0;
      let due = 0;
      const dues = pieces.map(({ length }) => {
        end += length;
        const openEnd = scrub.scanner.openEnd(input.subarray(0, end));
        due = Math.max(due, end - openEnd > MAY_SHOW ? openEnd : end);
        return due;
      });
      const outs = pushed(scrub, pieces);
      const texts = dues.map((to, turn) => input.subarray(dues[turn - 1] ?? 0, to).toString('latin1'));
      expect(outs).toEqual([...texts, input.subarray(due).toString('latin1')]);
    }),
    { numRuns: runs(500) },
  );
});
