import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { parseDocument } from './document.ts';
import type { Place } from './report.ts';

const parse = (text: string) => parseDocument({ shownAs: 'm.yaml', text });
const cut = ({ source, start, end }: Place): string => source.text.slice(start, end);

test('a document is plain data, with the place of every key and value', () => {
  const document = parse('a:\n  b: [1, "two"]\n  c: { d: no }\n');
  expect(document.data).toEqual({ a: { b: [1, 'two'], c: { d: 'no' } } });
  expect(cut(document.keyPlace(['a', 'c', 'd']))).toBe('d');
  expect(cut(document.valuePlace(['a', 'b', 1]))).toBe('"two"');
  expect(cut(document.keyPlace(['a', 'b', 1]))).toBe('"two"');
});

test('the place of a missing key is that of the nearest key above it', () => {
  const document = parse('a:\n  b: {}\n');
  expect(cut(document.valuePlace(['a', 'b', 'c', 'd']))).toBe('b');
  expect(cut(document.keyPlace(['x']))).toBe('a');
});

test('booleans and numbers of older YAML versions are text, as in YAML 1.2', () => {
  expect(parse('{ a: no, b: on, c: 1_000, d: 0777, e: 2001-01-01, f: 12:30:45 }').data).toEqual({
    a: 'no',
    b: 'on',
    c: '1_000',
    d: 777,
    e: '2001-01-01',
    f: '12:30:45',
  });
});

test.each(['"a": 1\na: 2', '1: a\n"1": b', '{ a: 1, a: 2 }', '? a\n: 1\n? a\n: 2'])(
  'equal keys in different spellings are duplicates: %j',
  (text) => {
    expect(parse(text).problems).toMatchObject([
      { what: expect.stringContaining('duplicate key') as string },
    ]);
  },
);

test('text that looks like an alias, an anchor or a tag is text where YAML says so', () => {
  const document = parse('a: "*x"\nb: |\n  *x &y !z\n  %TAG\nc: x*y&z!\nd: \'!t\' # *c\n');
  expect(document.problems).toEqual([]);
  expect(document.data).toEqual({ a: '*x', b: '*x &y !z\n%TAG\n', c: 'x*y&z!', d: '!t' });
});

// Each of these makes a naive reader use time or stack that grows faster than the text. `npm run check` uses smaller
// ones.
const SIZE = runs(128) * 1024;
test.each([
  ['keys', 'a:\n'.repeat(SIZE / 3)],
  ['distinct keys', Array.from({ length: SIZE / 8 }, (_, index) => `k${index}: 1\n`).join('')],
  ['open brackets', '['.repeat(SIZE)],
  ['open braces', '{'.repeat(SIZE)],
  ['closed braces', '}'.repeat(SIZE)],
  ['list markers', '- '.repeat(SIZE / 2)],
  ['key markers', '? '.repeat(SIZE / 2)],
  ['colons', ': '.repeat(SIZE / 2)],
  ['commas', '[' + ','.repeat(SIZE)],
  ['anchors', '&a '.repeat(SIZE / 3)],
  ['documents', '---\n'.repeat(SIZE / 4)],
  ['comments', '#\n'.repeat(SIZE / 2)],
  ['empty lines in text', 'a: >\n' + '\n'.repeat(SIZE)],
  ['one long text', `a: "${'\\n'.repeat(SIZE / 2)}"`],
])('%s, as many as fit, are read without harm', (_, text) => {
  const document = parse(text);
  expect(document.problems.length + (document.data === undefined ? 0 : 1)).toBeGreaterThan(0);
});
