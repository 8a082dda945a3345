import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { escapeLines, escapeText, jsonText } from './text.ts';

describe('escapeText', () => {
  test.each([
    ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['\u009b31m', '\\u{9b}31m'],
    ['invoice\u202etxt.exe', 'invoice\\u{202e}txt.exe'],
    ['admin\u200b', 'admin\\u{200b}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['selector\ufe01', 'selector\\u{fe01}'],
    ['rm\u2800-rf\u3000a\u00a0b\u2003c', 'rm\\u{2800}-rf\\u{3000}a\\u{a0}b\\u{2003}c'],
    ['filler\u3164\uffa0\u115f\u{1d159}', 'filler\\u{3164}\\u{ffa0}\\u{115f}\\u{1d159}'],
    ['half \ud800', 'half \\u{d800}'],
    ['plain naïve 日本語 😀 back\\slash', 'plain naïve 日本語 😀 back\\slash'],
  ])('escapeText shows %j as %j', (text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  test('escapeText leaves nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint }), (text) => {
        // oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
        expect(escapeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

test('escapeText leaves only plain blanks, and no invisible characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint }), (text) => {
      expect(escapeText(text).replaceAll(' ', '')).not.toMatch(
        /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u,
      );
    }),
  );
});

test('escapeLines keeps line ends and tabs, and escapes the rest', () => {
  expect(escapeLines('+\tx\n-evil\rgood\u001b[A\n')).toBe('+\tx\n-evil\\rgood\\u{1b}[A\n');
});

describe('jsonText', () => {
  test.each([undefined, 2])('jsonText is the value in ASCII (indent %s)', (indent) => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: anyCodePoint }), fc.string({ unit: anyCodePoint })),
        (value) => {
          const text = jsonText(value, indent);
          expect(text).toMatch(/^[ -~\n]*$/);
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  test('jsonText escapes DEL, C1 and directional characters, which JSON.stringify leaves', () => {
    expect(jsonText('a\u007f\u009b31m\u202e')).toBe('"a\\u007f\\u009b31m\\u202e"');
  });
});
