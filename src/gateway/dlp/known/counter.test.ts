import { describe, expect, test } from 'vitest';
import { Counter } from './counter.ts';

const withoutOf = (values: readonly string[]): readonly string[] => {
  const counter = new Counter();
  return values.map((value) => counter.without(value));
};

describe('what counts the values is taken out, once it has counted twice', () => {
  test.each<[string, (at: number, piece: string) => string, (piece: string) => string]>([
    ['before', (at, piece) => `${at}:${piece}`, (piece) => `:${piece}`],
    ['behind', (at, piece) => `${piece}:${at}`, (piece) => `${piece}:`],
    ['in JSON', (at, piece) => `{"n":${at},"t":"${piece}"}`, (piece) => `{"n":,"t":"${piece}"}`],
    ['in JSON, behind', (at, piece) => `{"t":"${piece}","n":${at}}`, (piece) => `{"t":"${piece}","n":}`],
    ['in a path', (at, piece) => `/part-${at}/${piece}`, (piece) => `/part-/${piece}`],
    ['with zeros', (at, piece) => `${String(at).padStart(4, '0')}-${piece}`, (piece) => `-${piece}`],
  ])('%s', (_, wrapped, left) => {
    const pieces = Array.from('sk-77Qz9x01');
    // Over a hundred, so that its digits become more.
    const values = pieces.map((piece, at) => wrapped(at + 95, piece));
    expect(withoutOf(values).slice(3)).toEqual(pieces.slice(3).map(left));
  });
});

test.each([
  [['a', 'b', '1', '2', '3', '4']],
  [['a1', 'b2', 'c3', 'd4']],
  [['1a', '2b', '3c', '4d']],
  [['%73', '%6b', '%2d', '%37', '%37']],
  [['115,', '107,', '45,', '55,']],
  [['7:a', '3:b', '5:c', '9:d']],
  [['', 'a', '', 'b']],
])('nothing else is: %j', (values) => {
  expect(withoutOf(values)).toEqual(values);
});

test('a value that is tried again does not end it', () => {
  expect(withoutOf(['1:a', '2:b', '3:c', '3:c', '4:d'])).toEqual(['1:a', '2:b', ':c', ':c', ':d']);
});
