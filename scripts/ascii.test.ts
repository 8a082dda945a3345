import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { toAscii } from './ascii.ts';

test.each([
  ['a tagged template', '((parts) => parts[0])`a · b ▸ 😀`', 'a · b ▸ 😀'],
  ['a regular expression', '/^[·é]+$/.test("·é")', true],
  ['a regular expression for code points', '/^.😀$/u.test("x😀")', true],
  ['a comment', '/* ’ */ 1 // …', 1],
])('%s means the same in ASCII', (_, program, value) => {
  const ascii = toAscii(program);
  expect(ascii).toMatch(/^[ -~]+$/);
  expect(runInNewContext(ascii)).toBe(value);
  expect(runInNewContext(program)).toBe(value);
});

test('a program in ASCII stays as it is', () => {
  expect(toAscii('String.raw`\\n`')).toBe('String.raw`\\n`');
});

test('a raw template, in which an escape is text, is refused', () => {
  expect(() => toAscii('String.raw`·`')).toThrow('not ASCII');
});
