import { describe, expect, test } from 'vitest';
import { Sequence } from './sequence.ts';
import { wrapsOf } from './wraps.ts';

/** What two values are put together to, in each likely wrapping, and in the other. */
function joinedOf(
  one: string,
  other: string,
): { readonly likely: readonly string[]; readonly loose?: string } {
  const sequence = new Sequence();
  sequence.push(one);
  sequence.push(other);
  const wraps = wrapsOf(sequence, other, 3);
  return {
    likely: (wraps?.likely ?? []).map((wrap) => sequence.joined(wrap, 100)),
    ...(wraps?.loose && { loose: sequence.joined(wraps.loose, 100) }),
  };
}

test('what values have in common is their wrapping', () => {
  expect(joinedOf('{"text":"ab"}', '{"text":"cd"}')).toEqual({ likely: ['abcd'] });
  expect(joinedOf('/x?c=s&v=1', '/x?c=k&v=1')).toEqual({ likely: ['sk'] });
});

describe('the beginning of an escape is part of a piece, and none', () => {
  test.each([
    ['%73%6b', '%70%69'],
    ['%2573', '%256b'],
    [String.raw`\x73`, String.raw`\x6b`],
    [String.raw`\u0073\u006b`, String.raw`\u0070`],
    [String.raw`\u{73}`, String.raw`\u{6b}`],
    [String.raw`\163`, String.raw`\153`],
    ['%5Cu0073', '%5Cu006b'],
    ['&#x73;', '&#x6b;'],
    ['&#115;', '&#107;'],
    ['115,107,', '112,105,'],
    ['37%', 'b6%'],
    // Cut after its first characters.
    [String.raw`u0073\u006b\ `.trim(), String.raw`u0070\u0069\ `.trim()],
    ['#115;&', '#107;&'],
  ])('%s, %s', (one, other) => {
    for (const [before, after] of [
      ['', ''],
      ['/x?c=', ''],
      ['{"text":"', '"}'],
    ])
      expect(joinedOf(`${before}${one}${after}`, `${before}${other}${after}`).likely).toContain(one + other);
    expect(joinedOf(one, other).likely[0]).not.toBe(one + other);
  });

  test('in a wrapping of escapes', () => {
    const of = (piece: string): string => `/x?q=%7B%22text%22%3A%22${piece}%22%7D`;
    expect(joinedOf(of('%2573'), of('%256b')).likely).toContain('%2573%256b');
    expect(joinedOf(of('s'), of('k')).likely).toContain('sk');
  });
});

test('characters that pieces begin or end with by chance are another wrapping', () => {
  expect(joinedOf('/x?c=a1b', '/x?c=a2b')).toEqual({ likely: ['12'], loose: 'a1ba2b' });
  expect(joinedOf('/@types%2fnode', '/@types%2freact')).toMatchObject({ loose: 'types%2fnodetypes%2freact' });
});

test('a single value has none', () => {
  expect(joinedOf('', '')).toEqual({ likely: [''] });
  expect(wrapsOf(new Sequence(), 'a', 3)).toBeUndefined();
});
