import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { createScrub } from './scrub.ts';
import { inPieces, inPiecesStarred, SECRET, sizes } from './scrubbing.testing.ts';
import { spellingsOf } from './spellings.ts';

const scrub = createScrub([SECRET, 'ghp_9fK2mQ7xT4vB8nR1'], Infinity);
const base64 = Buffer.from(SECRET).toString('base64');
const hex = Buffer.from(SECRET).toString('hex');
const bytes = hex.match(/../g) ?? [];
const colons = bytes.join(':').toUpperCase();
const numbers = bytes.map((two) => `0x${two}`);

const lined = (text: string, length: number, end: string): string =>
  text.replace(new RegExp(`.{${length}}(?!$)`, 'g'), (line) => line + end);

const ENDS: [name: string, end: string][] = [
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
  ['LF, indented', '\n    '],
  ['LF, indented as OpenSSL does', `\n${' '.repeat(20)}`],
  ['LF and a tab', '\n\t'],
  ['a folded header', '\r\n '],
  ['lines of an event', '\ndata: '],
  ['lines of an event without a blank', '\r\ndata:'],
  ['a JSON escape', '\\n'],
  ['JSON escapes', '\\r\\n'],
  ['a JSON escape and blanks', '\\n  '],
  ['a JSON escape in JSON', '\\\\n'],
  ['JSON escapes in JSON', '\\\\r\\\\n'],
  ['a JSON escape in JSON in JSON', '\\\\\\\\n'],
  ['a JSON escape by number', '\\u000a'],
  ['JSON escapes by number', '\\u000D\\u000A'],
  ['percent', '%0A'],
  ['percent, both', '%0d%0a'],
  ['percent, twice', '%250A'],
  ['a reference', '&#10;'],
  ['references in references', '&amp;#xd;&amp;#xa;'],
];

describe('echoes in several lines', () => {
  test.each(
    ENDS.flatMap(([name, end]) =>
      [
        ['base64', lined(base64, 20, end)],
        ['hex as xxd -p writes it', lined(hex, 60, end)],
        ['hex in upper case and odd lines', lined(hex.toUpperCase(), 13, end)],
        ['hex with colons', lined(colons, 45, end)],
      ].map(([what = '', form = '']) => [what, name, form] as const),
    ),
  )('are scrubbed in %s: %s', (_, _end, form) => {
    for (const size of [1, 7, 1000]) {
      const out = inPiecesStarred(scrub, Buffer.from(`{"a":"${form}"}`), [size]).toString();
      expect(out).toBe(`{"a":"${'*'.repeat(form.length)}"}`);
    }
  });

  test.each([
    ['blanks', bytes, ' ', [' \n', '\n', '\n    ']],
    ['colons', bytes, ':', [':\n']],
    ['numbers, as C has them', numbers, ', ', [',\n  ', ', \n  ']],
    ['numbers with commas', numbers, ',', [',\n', ',\r\n\t']],
    ['numbers with blanks', numbers, ' ', [' \n', '\n']],
  ])('are scrubbed in hex with %s', (...[, parts, separator, ends]) => {
    for (const form of ends.map((end) => inLines(parts, separator, end))) {
      for (const size of [1, 7, 1000]) {
        const out = inPiecesStarred(scrub, Buffer.from(`<${form}>`), [size]).toString();
        expect(out).toBe(`<${'*'.repeat(form.length)}>`);
      }
    }
  });

  test('are scrubbed early, and far from where they continue', () => {
    for (const end of [' '.repeat(24), '\t'.repeat(24)].map((blanks) => `&amp;newline;${blanks}`)) {
      const form = `${numbers[0]},${end}${numbers.slice(1).join(', ')}`;
      expect(inPiecesStarred(scrub, Buffer.from(`<${form}>`), [1]).toString()).toBe(
        `<${'*'.repeat(form.length)}>`,
      );
    }
  });

  const ends = fc
    .tuple(
      fc.constantFrom('\n', '\r\n', '\r', ...spellingsOf(0x0a), ...spellingsOf(0x0d)),
      fc.nat({ max: 24 }),
    )
    .map(([end, blanks]) => end + ' '.repeat(blanks));
  const anyEnd = fc.oneof(ends, fc.constantFrom('\ndata: ', '\r\ndata:', '\\r\\n'));
  const cutAnywhere = (text: string): fc.Arbitrary<string> =>
    fc
      .tuple(
        ...Array.from(text.slice(2), (char) =>
          fc
            .tuple(
              fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: anyEnd }),
              fc.oneof(
                { weight: 9, arbitrary: fc.constant(char) },
                { weight: 1, arbitrary: fc.constantFrom(...spellingsOf(char.charCodeAt(0))) },
              ),
            )
            .map((parts) => parts.join('')),
        ),
      )
      .map((parts) => text.slice(0, 2) + parts.join(''));

  test.each([
    ['hex', hex],
    ['base64', base64],
  ])('%s in any lines and with escapes is scrubbed alone, in pieces of any size', (_, text) => {
    fc.assert(
      fc.property(cutAnywhere(text), sizes, (form, cuts) => {
        const out = inPiecesStarred(scrub, Buffer.from(`<${form}>\n<`), cuts).toString();
        expect(out).toBe(`<${'*'.repeat(form.length)}>\n<`);
      }),
      { numRuns: runs(150) },
    );
  });
});

/** Joins the parts, nine on each line. */
function inLines(parts: readonly string[], separator: string, end: string): string {
  const starts = Array.from({ length: Math.ceil(parts.length / 9) }, (_, line) => line * 9);
  return starts.map((start) => parts.slice(start, start + 9).join(separator)).join(end);
}

describe('bytes held back at line ends', () => {
  const pushed = (text: string): string => Buffer.from(scrub.stream().push(Buffer.from(text))).toString();

  test.each([
    ['hex 736b\n', '736b\n'],
    ['hex 736b\n   ', '736b\n   '],
    ['hex 736b%0', '736b%0'],
    ['hex 73:\r\n  6c:', ''],
    ['hex 73:\r\n  6b:', '73:\r\n  6b:'],
    ['c2st\nda', 'c2st\nda'],
    ['c2st\ndata: ', 'c2st\ndata: '],
    ['data: 736b\n\n', ''],
    ['data: 73\n\n', ''],
    ['data: 0x73,\r\n\r\n', ''],
    ['data: 736b\r\n\r\n', ''],
    ['data: 736b\r\r', ''],
    ['736b\n  \n', ''],
    [`736b\n${' '.repeat(25)}`, ''],
    ['{"a": 73,\n ', ''],
  ])('of %j are %j', (text, held) => expect(pushed(text)).toBe(text.slice(0, text.length - held.length)));
});

test('lines without a secret pass unchanged, in pieces of any size', () => {
  const parts = fc.constantFrom(
    ...[hex, base64, colons, numbers.join(', ')].flatMap((form) =>
      [2, 3, 12, 30].map((length) => form.slice(0, length)),
    ),
    ...ENDS.map(([, end]) => end),
    'data',
    ' ',
    'x',
  );
  const text = fc.array(parts, { maxLength: 60 }).map((all) => Buffer.from(all.join('')));
  fc.assert(
    fc.property(text, sizes, (input, cuts) => {
      expect(inPieces(scrub, input, cuts).toString()).toBe(input.toString());
    }),
    { numRuns: runs(300) },
  );
});
