import { expect, test } from 'vitest';
import { headOf2 } from './h2.ts';

const headersOf = (...headers: string[]): readonly string[] =>
  headOf2({ method: 'GET', path: '/', scheme: 'https', authority: 'a.test', headers } as never).headers;

test.for<[string, string[], string[]]>([
  ['pieces are one again', ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'], ['x', 'y', 'cookie', 'a=1; b=2']],
  ['one stays where it is', ['cookie', 'a=1', 'x', 'y'], ['cookie', 'a=1', 'x', 'y']],
  [
    'a value is no name',
    ['vary', 'cookie', 'cookie', 'a=1', 'x', 'y'],
    ['vary', 'cookie', 'cookie', 'a=1', 'x', 'y'],
  ],
  ['values alone are no cookies', ['vary', 'cookie', 'x', 'cookie'], ['vary', 'cookie', 'x', 'cookie']],
])('cookies: %s', ([, given, expected]) => {
  expect(headersOf(...given)).toEqual(expected);
});
