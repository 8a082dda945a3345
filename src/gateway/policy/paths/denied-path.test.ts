import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCodePoint } from '../../../../test/support/code-points.ts';
import { runs } from '../../../../test/support/runs.ts';
import { deniesPath, folded } from './denied-path.ts';

/** Spellings that a file system, a database or a framework treats as a denied path. */

const SECRET = ['/secret/**'];

describe('letters that servers fold into others', () => {
  test.each([
    ['/secret/**', '/%C5%BFecret/x'],
    ['/secret/**', '/s%C3%A9cret/x'],
    ['/secret/**', '/se%CC%81cret/x'],
    ['/secret/**', '/%EF%BD%93ecret/x'],
    ['/secret/**', '/%EF%BC%B3ECRET/x'],
    ['/secret/**', '/%E2%93%A2ecret'],
    ['/admin', '/adm%C4%B1n'],
    ['/admin', '/ADM%C4%B0N'],
    ['/kelvin', '/%E2%84%AAelvin'],
    ['/file', '/%EF%AC%81le'],
    ['/strasse', '/stra%C3%9Fe'],
    ['/strasse', '/STRA%E1%BA%9EE'],
    ['/straße', '/STRASSE'],
    ['/café', '/cafe%CC%81'],
    ['/café', '/caf%C3%A9'],
    ['/café', '/CAFE'],
    ['/cafe\u{301}', '/caf%C3%89'],
    ['/ΟΔΟΣ*', '/%CE%BF%CE%B4%CE%BF%CF%82'],
    ['/ΟΔΟΣ*', '/%CE%BF%CE%B4%CE%BF%CF%83%CE%B1'],
  ])('a deny rule for %s covers %s', (glob, path) => expect(deniesPath([glob], path)).toBe(true));
});

describe('characters that servers overlook', () => {
  test.each([
    '/secret%E2%80%8B/x',
    '/se%C2%ADcret/x',
    '/%EF%BB%BFsecret/x',
    '/%E3%85%A4secret/x',
    '/secret%C2%A0/x',
    '/secret%E3%80%80',
    '/secret%E1%9A%80/x',
    '/%E2%80%8B/secret/x',
    '/secret::$DATA',
    '/secret::$INDEX_ALLOCATION/x',
    '/secret:a/x',
    '/SECRET%20.:a/x',
    '/s%C3%A9cret%EF%BC%9Aa/x',
    '/%C5%BFecret%EF%BC%9Bv=1/x',
    '/%C5%BFecret%EF%BC%9Fx',
    '/secret%EF%BC%8Fx',
  ])('%s is read as /secret', (path) => expect(deniesPath(SECRET, path)).toBe(true));

  test('are found in one segment, whatever another segment has', () => {
    expect(deniesPath(['/a:b/secret/*'], '/a:b/secret::$DATA/x')).toBe(true);
    expect(deniesPath(['/a:b/secret'], '/a/secret')).toBe(false);
  });
});

test.each([
  '/%EF%BC%8E%EF%BC%8E/secret/x',
  '/a/..%EF%BC%8Fsecret/x',
  '/a/.%EF%BC%8E/b',
  '/a/%E2%80%A5/b',
  '/a/.%E2%80%8B./b',
  '/a/..%C2%A0/b',
  '/a/..:x/b',
  '/a/..::$INDEX_ALLOCATION/b',
  '/a%EF%BC%BC..%EF%BC%BCb',
  '/a/%EF%BC%852e%EF%BC%852e/b',
])('%s leads elsewhere when it is folded, and is refused', (path) =>
  expect(deniesPath(['/other'], path)).toBe(true),
);

test.each([
  ['/secret/**', '/s%C3%A9cretariat/x'],
  ['/secret/**', '/x:secret/y'],
  ['/secret/**', '/%D1%95ecret/x'],
  ['/secret/**', '/50%EF%BC%85/%E2%80%A6'],
  ['/secret/**', '/web/https://example.org/secret'],
  ['/v1/models/*:predict', '/v1/models/gemini:generate'],
  ['/v1/models/*:predict', '/v1/models/gemini'],
  ['/café', '/cafeteria'],
  ['/日本', '/%E6%97%A5%E6%9C%AC%E8%AA%9E'],
])('a deny rule for %s does not cover %s', (glob, path) => expect(deniesPath([glob], path)).toBe(false));

describe('denied paths in all spellings', () => {
  /** Each character as itself, in full width, with a mark, in other cases, and with invisible characters. */
  const spelled = (word: string): fc.Arbitrary<string> =>
    fc
      .tuple(
        ...Array.from(word, (char) => {
          const wide = String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfe_e0);
          return fc.constantFrom(char, char.toUpperCase(), wide, `${char}\u{301}`, `\u{200b}${char}`);
        }),
      )
      .map((chars) => chars.join(''));

  test('a deny rule covers every one of these spellings', () => {
    const end = fc.constantFrom('', ':x', '\u{a0}', '\u{2003}.', '::$DATA', '\u{ff1a}', '/', '\u{ff0f}');
    fc.assert(
      fc.property(spelled('secret'), end, spelled('key'), end, (...[first, a, second, b]) => {
        const path = `/${encodeURI(`${first}${a}/${second}${b}`)}`;
        expect(deniesPath(['/secret/key'], path)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  test('folding twice equals folding once', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint }), (text) => {
        expect(folded(folded(text))).toBe(folded(text));
      }),
      { numRuns: runs(500) },
    );
  });

  test('a path as a rule denies itself', () => {
    const part = fc.constantFrom('/', 'a', 'É', 'ß', 'ſ', ':', '\u{200b}', ' ', '．', '；', '*', '日', 'Σ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = `/${parts.join('')}`;
        expect([path, deniesPath([path], encodeURI(path))]).toEqual([path, true]);
      }),
      { numRuns: runs(500) },
    );
  });

  test('no path takes long to judge', () => {
    for (const part of ['\u{ff0e}', ':', 'é', '/é', '\u{200b}', '/:', '\u{a0}', '\u{ff1b}', '. '])
      expect(deniesPath(['/secret', '/secret/**'], `/x${encodeURI(part.repeat(30_000))}y`)).toBe(false);
  });
});
