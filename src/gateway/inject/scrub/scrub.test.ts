import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { spellingsOf } from './spellings.ts';
import { createScrub } from './scrub.ts';
import { inPieces, inPiecesStarred, partsLeft, SECRET, sizes } from './scrubbing.testing.ts';

const OTHER = 'ghp_9fK2mQ7xT4vB8nR1';
const scrub = createScrub([SECRET, OTHER], Infinity);

const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('');
const unicodeAll = (text: string): string =>
  Array.from(text)
    .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const FORMS: readonly (readonly [name: string, text: string])[] = [
  ['raw', SECRET],
  ['percent, reserved only', encodeURIComponent(SECRET)],
  [
    'percent, reserved only, lower case',
    encodeURIComponent(SECRET)
      .toLowerCase()
      .replace(/[^%]+/g, (t) => t),
  ],
  ['percent, all', percentAll(SECRET)],
  ['percent, all, lower case', percentAll(SECRET).toLowerCase()],
  ['percent, twice', encodeURIComponent(encodeURIComponent(SECRET))],
  ['percent, all, twice', encodeURIComponent(percentAll(SECRET))],
  [
    'percent, every other',
    Array.from(SECRET)
      .map((char, index) => (index % 2 === 0 ? char : percentAll(char)))
      .join(''),
  ],
  ['JSON, all', unicodeAll(SECRET)],
  ['JSON, slashes', SECRET.replaceAll('/', '\\/')],
  ['JSON in JSON', JSON.stringify(unicodeAll(SECRET)).slice(1, -1)],
  ['JSON, HTML-safe', SECRET.replaceAll('+', '\\u002B').replaceAll('=', '\\u003d')],
  [
    'HTML, decimal',
    Array.from(SECRET)
      .map((char) => `&#${char.charCodeAt(0)};`)
      .join(''),
  ],
  [
    'HTML, hex',
    Array.from(SECRET)
      .map((char) => `&#x${char.charCodeAt(0).toString(16)};`)
      .join(''),
  ],
  ['HTML, names', SECRET.replaceAll('/', '&sol;').replaceAll('+', '&plus;').replaceAll('=', '&equals;')],
  ['hex', Buffer.from(SECRET).toString('hex')],
  ['hex, upper case', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ['base64', base64(SECRET)],
  ['base64 in a URL', encodeURIComponent(base64(SECRET))],
  ['base64 in JSON', base64(SECRET).replaceAll('/', '\\/')],
  ...(['\n', '\r\n', '\\n', '\\r\\n'] as const).map(
    (end) =>
      [
        `base64 in lines ended by ${JSON.stringify(end)}`,
        base64(SECRET).replace(/.{8}(?!$)/g, `$&${end}`),
      ] as const,
  ),
  ['base64, for URLs', Buffer.from(SECRET).toString('base64url')],
];

describe('echoes of a secret', () => {
  test.each(FORMS.filter(([name]) => name !== 'percent, reserved only, lower case'))(
    'are scrubbed: %s',
    (_, form) => {
      const body = `{"you sent":"${form}","ok":true}`;
      const out = inPieces(scrub, Buffer.from(body), [body.length]).toString();
      expect(out).toBe(
        body.replace(
          form,
          () =>
            '*'.repeat(
              form.replace(/=+$/, form.length % 4 === 0 && form.startsWith('c2s') ? '' : '$&').length,
            ) + (/^c2s.*=+$/.exec(form) ? '='.repeat(form.length - form.replace(/=+$/, '').length) : ''),
        ),
      );
      expect(partsLeft(out, form)).toEqual([]);
    },
  );

  test.each(FORMS)('are scrubbed as %s, byte by byte, in the middle of others and twice', (_, form) => {
    const body = `%2${form}\\${SECRET}&${form}`;
    const whole = inPieces(scrub, Buffer.from(body), [body.length]);
    expect(inPiecesStarred(scrub, Buffer.from(body), [1]).toString()).toBe(whole.toString());
    expect(whole.length).toBe(body.length);
  });

  test.each([0, 1, 2, 3, 4, 5])('are scrubbed in base64 %i bytes into a longer text', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${'user:x'.slice(0, before)}${SECRET} and more`).toString(encoding);
      const out = inPiecesStarred(scrub, Buffer.from(text), [7]).toString();
      const decoded = Buffer.from(out.replaceAll('*', 'A'), encoding).toString('latin1');
      expect(partsLeft(decoded, SECRET)).toEqual([]);
      expect(out.length).toBe(text.length);
      expect(out).toContain('*'.repeat(Math.floor((SECRET.length * 8) / 6) - 1));
    }
  });

  test.each([...Array.from({ length: 60 }).keys()])(
    'are scrubbed in the lines of MIME, %i bytes into a longer text',
    (before) => {
      const text = base64(`${'x'.repeat(before)}${SECRET}~and more`).replace(/.{76}/g, '$&\r\n');
      const places = [...text.matchAll(/[^\r\n]/g)].map(({ index }) => index);
      const start = Math.ceil((before * 8) / 6);
      // Alone at the end of its line, the first character stays: six bits of the public prefix.
      const from = start % 76 === 75 ? start + 1 : start;
      const to = Math.floor(((before + SECRET.length) * 8) / 6);
      for (const size of [1, 500]) {
        const out = inPiecesStarred(scrub, Buffer.from(text), [size]).toString();
        const [lead = '', stars = '', rest = ''] = /^([^*]*)(\**)([^*]*)$/.exec(out)?.slice(1) ?? [];
        expect([lead.length, lead.length + stars.length]).toEqual([places[from], (places[to - 1] ?? 0) + 1]);
        expect(text.startsWith(lead) && text.endsWith(rest)).toBe(true);
      }
    },
  );

  test('in Basic credentials leave only the user name', () => {
    const out = scrub.text(`Basic ${base64(`x-access-token:${OTHER}`)}`);
    expect(Buffer.from(out.slice(6), 'base64').toString('latin1')).toMatch(/^x-access-token:/);
    expect(out).toMatch(/\*{26,}=*$/);
  });

  test('are scrubbed in headers, and the text around them stays', () => {
    expect(scrub.text(`https://a.example/?k=${encodeURIComponent(SECRET)}&x=é`)).toMatch(
      /^https:\/\/a\.example\/\?k=\*+&x=é$/,
    );
    expect(scrub.text('text/event-stream')).toBe('text/event-stream');
  });

  test('overlapping values are both scrubbed', () => {
    const two = createScrub(['abcdefgh12', 'gh12ijklmn', 'abcdefgh12ij']);
    const body = Buffer.from('-abcdefgh12ijklmn-abcdefgh12-');
    for (const size of [1, 2, 5, 11, 40]) {
      expect(inPiecesStarred(two, body, [size]).toString()).toBe('-****************-**********-');
    }
  });

  test('a value whose end may begin another is scrubbed, even where nothing follows for a while', () => {
    const stream = createScrub(['abab-abab']).stream();
    const pieces = ['abab-abab', '', 'x'].map((piece) => Buffer.from(stream.push(Buffer.from(piece))));
    expect(Buffer.concat([...pieces, stream.end()]).toString()).toBe('*********x');
  });

  test('values that contain the characters of escapes are scrubbed', () => {
    const odd = createScrub(['pa\\ss%41&w"rd']);
    for (const form of [
      'pa\\ss%41&w"rd',
      JSON.stringify('pa\\ss%41&w"rd').slice(1, -1),
      'pa%5Css%2541%26w%22rd',
      'pa\\ss%41&amp;w&quot;rd',
    ]) {
      for (const size of [1, 3, 100]) {
        expect(inPiecesStarred(odd, Buffer.from(`<${form}>`), [size]).toString()).toBe(
          `<${'*'.repeat(form.length)}>`,
        );
      }
    }
  });
});

describe('bytes held back', () => {
  const pushed = (text: string): string => Buffer.from(scrub.stream().push(Buffer.from(text))).toString();

  test.each([
    ['data: {"a":1}\n\n', ''],
    ['data: x', ''],
    ['see %', ''],
    ['see %7', ''],
    ['see %73%', '%73%'],
    ['see %73!', ''],
    ['line\\', ''],
    ['line\\u00', '\\u00'],
    ['line\\u0!', ''],
    ['a &am', ''],
    ['a &amp', '&amp'],
    ['a &lt;', ''],
    ['key sk-', ''],
    ['key sk-an', 'sk-an'],
    ['key sk-ax', ''],
    ['sk-ant-api03-%5', 'sk-ant-api03-%5'],
    ['base64 c2st\r', 'c2st\r'],
    ['base64 c2st\nY', 'c2st\nY'],
    ['base64 c2st\n\n', ''],
    ['key sk-an\n', ''],
  ])('of %j are %j', (text, held) => expect(pushed(text)).toBe(text.slice(0, text.length - held.length)));

  test('are released at the end', () => {
    const stream = scrub.stream();
    expect(Buffer.from(stream.push(Buffer.from('x sk-ant'))).toString()).toBe('x ');
    expect(Buffer.from(stream.end()).toString()).toBe('sk-ant');
  });

  test('are never more than the length of a form', () => {
    const stream = scrub.stream();
    let out = 0;
    for (let turn = 0; turn < 2000; turn += 1) out += stream.push(Buffer.from('\\\\\\\\sk-a&amp;%25')).length;
    expect(2000 * 16 - out).toBeLessThan(30);
  });
});

/** Text that resembles forms but contains none. */
const nearMiss = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'sk-ant-api03-',
        'sk-',
        '%73k-',
        '\\u0073',
        '\\',
        '%',
        '&',
        '&amp;',
        '&#11',
        'c2st',
        '736b2d',
      ),
      fc.string({ maxLength: 12 }),
      fc.nat({ max: 12 }).map((length) => SECRET.slice(0, length)),
      fc.nat({ max: 9 }).map((length) => percentAll(SECRET.slice(3, 3 + length))),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join('')));

test('bytes without a form pass unchanged, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        nearMiss,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      ),
      sizes,
      (bytes, cuts) => {
        expect(inPieces(scrub, bytes, cuts)).toEqual(bytes);
      },
    ),
    { numRuns: runs(300) },
  );
});

/** The secret with each character as itself or in one of its spellings. */
const spelled = fc
  .tuple(...Array.from(SECRET).map((char) => fc.constantFrom(char, char, ...spellingsOf(char.charCodeAt(0)))))
  .map((parts) => parts.join(''));

test('a secret in any mixture of spellings is scrubbed alone, however it is cut', () => {
  fc.assert(
    fc.property(nearMiss, spelled, sizes, (before, form, cuts) => {
      const input = Buffer.concat([before, Buffer.from(` ${form} `), before]);
      const out = inPiecesStarred(scrub, input, cuts);
      const expected = Buffer.concat([before, Buffer.from(` ${'*'.repeat(form.length)} `), before]);
      expect(out.toString('latin1')).toBe(expected.toString('latin1'));
    }),
    { numRuns: runs(300) },
  );
});

test('base64 with escapes and line ends is scrubbed, however it is cut', () => {
  const ends = ['', '', '\n', '\r\n', '\\n'];
  const [first = '', second = '', ...rest] = base64(SECRET);
  const cut = fc
    .tuple(
      ...rest.map((char) =>
        fc
          .tuple(
            fc.constantFrom(...ends),
            fc.constantFrom(char, char, char, ...spellingsOf(char.charCodeAt(0))),
          )
          .map((parts) => parts.join('')),
      ),
    )
    .map((parts) => first + second + parts.join(''));
  fc.assert(
    fc.property(cut, sizes, (form, cuts) => {
      const out = inPiecesStarred(scrub, Buffer.from(`<${form}>`), cuts).toString();
      expect(out).toBe(`<${'*'.repeat(form.length)}>`);
    }),
    { numRuns: runs(100) },
  );
});
