import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { translateRe2 } from './re2.ts';

const matches = (source: string, text: string) => new RegExp(translateRe2(source)).test(text);

describe('Go expressions', () => {
  test.each([
    ['(?i)abc', 'xABc', true],
    ['a(?i)b', 'aB', true],
    ['a(?i)b', 'AB', false],
    ['(a(?i)b)c', 'aBC', false],
    ['(?i)(?-i:A)b', 'aB', false],
    ['(?i)(?-i:A)b', 'AB', true],
    ['(?i:x)y', 'Xy', true],
    ['(?i:x)y', 'XY', false],
    ['^(?i)[a-f0-9]+$', 'aBcF0', true],
    ['^[a-f0-9]+$', 'aBcF0', false],
    ['^(?i)[_a-z-]+$', 'A-Z_', true],
    ['a.b', 'a\nb', false],
    ['a.b', 'a\rb', true],
    ['(?s)a.b', 'a\nb', true],
    ['(?s:a.)b.c', 'a\nb\nc', false],
    ['a$', 'a\n', false],
    ['(?m)a$', 'a\nb', true],
    ['(?m)^b', 'a\nb', true],
    ['a(?:[^b]|\\z)', 'a', true],
    ['\\Aa', 'ba', false],
    ['[[:alpha:]][[:digit:]_]', 'x_', true],
    ['\\s', '\u00a0', false],
    ['[\\s\\S]', 'x', true],
    ['[\\S]', ' ', false],
    ['(?P<name>x)y', 'xy', true],
    ['\\Qa.b\\E+', 'a.bb', true],
    ['\\Qa.b\\E', 'axb', false],
    ['x{,5}', 'x{,5}', true],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['\\x60', '`', true],
  ])('%s on %j matches as in Go: %j', (source, text, expected) =>
    expect(matches(source, text)).toBe(expected),
  );

  test.each(['[[:^alpha:]]', '(?U)a+', String.raw`\pL`, '(a', 'a)', '[a', '(?<=a)b'])(
    '%s is refused',
    (source) => expect(() => matches(source, '')).toThrow(/^(?:has|uses)/),
  );

  test('a case-insensitive expression matches any case', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/),
        fc.array(fc.boolean(), { minLength: 12 }),
        (word, upper) => {
          const mixed = Array.from(word, (letter, index) =>
            upper[index] ? letter.toUpperCase() : letter.toLowerCase(),
          ).join('');
          expect(matches(`^(?i)${word}$`, mixed)).toBe(true);
          expect(matches(`^(?i)[${word.replaceAll('-', '')}.-]+$`, mixed)).toBe(true);
        },
      ),
    );
  });
});
