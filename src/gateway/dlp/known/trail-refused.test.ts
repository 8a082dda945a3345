import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';

const VALUE = 'gk7_Qz91XbTm4LpWc8RyVn2HsDf6JtKe3uAa5ZoE';

/** Which of these are refused, one after the other in a header. */
function refusedOf(values: readonly string[], value = VALUE): readonly boolean[] {
  const by = createInspector({
    secrets: [{ name: 'API_KEY', value, kind: 'secret' }],
    rules: [],
    nowMs: () => 0,
  });
  return values.map((text) => by.head({ host: 'a.test', path: '/', headers: [['x-note', text]] }).length > 0);
}

test('after a piece that was refused those that go on with it are refused too, and that one again', () => {
  const refused = refusedOf(Array.from(VALUE));
  const first = refused.indexOf(true);
  expect(first).toBeGreaterThan(10);
  expect(refused.slice(first)).not.toContain(false);
  const again = refusedOf([
    ...Array.from(VALUE.slice(0, first + 2)),
    VALUE.charAt(first + 1),
    VALUE.charAt(first + 1),
  ]);
  expect(again.slice(first)).toEqual([true, true, true, true]);
});

test('something short in between, or a byte in halves, ends nothing', () => {
  const first = refusedOf(Array.from(VALUE)).indexOf(true);
  const between = refusedOf([
    ...Array.from(VALUE.slice(0, first + 1)),
    ...Array.from(VALUE.slice(first + 1)).flatMap((piece) => ['ping', piece]),
  ]).slice(first);
  expect(between.filter((_, at) => at % 2 === 0)).not.toContain(false);
  expect(between.filter((_, at) => at % 2 === 1)).not.toContain(true);

  const halves = refusedOf(Array.from(Buffer.from(VALUE).toString('hex')));
  const whole = halves.slice(halves.indexOf(true)).filter((_, at) => at % 2 === 0);
  expect(whole).not.toContain(false);

  const long = refusedOf(Array.from(VALUE).flatMap((piece) => ['another text '.repeat(9), piece]));
  const pieces = long.slice(long.indexOf(true)).filter((_, at) => at % 2 === 0);
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces).not.toContain(false);
});

test('halves of bytes that are tried again do not hide those that go on', () => {
  const digits = Array.from(Buffer.from(VALUE).toString('hex'));
  const first = refusedOf(digits).indexOf(true);
  const tried = refusedOf([
    ...digits.slice(0, first),
    ...digits.slice(first).flatMap((digit, at) => Array<string>(at % 2 === 0 ? 3 : 1).fill(digit)),
  ]).slice(first);
  expect(tried.filter((_, at) => at % 4 !== 3)).not.toContain(false);
});

test('what does not go on with it passes; when more has, so does all that comes then', () => {
  const first = refusedOf(Array.from(VALUE)).indexOf(true);
  const refused = refusedOf([
    ...Array.from(VALUE.slice(0, first + 3)),
    'this is no piece of it',
    ...Array.from(VALUE.slice(first + 3)),
  ]);
  expect(refused.slice(first)).toEqual([
    true,
    true,
    true,
    ...Array<boolean>(VALUE.length - first - 2).fill(false),
  ]);
});

test.each<[string, (at: number) => string]>([
  ['counters', (at) => `${at}`],
  ['counters in hex', (at) => at.toString(16)],
  ['times', (at) => `${1_700_000_000_000 + at * 1237}`],
  ['cursors', (at) => Buffer.from(`cursor:${at}`).toString('base64url')],
  ['digests', (at) => createHash('md5').update(`${at}`).digest('base64')],
  ['trace identifiers', (at) => `00-${createHash('md5').update(`${at}`).digest('hex')}-00f067aa0ba902b7-01`],
  ['the same again and again', () => 'no'],
  ['one that begins so, again and again', () => `${VALUE.charAt(24)}other`],
])('after a piece that was refused, what is ordinary passes: %s', (_, textOf) => {
  const pieces = Array.from(VALUE).slice(0, refusedOf(Array.from(VALUE)).indexOf(true) + 1);
  const refused = refusedOf([...pieces, ...Array.from({ length: 300 }, (__, at) => textOf(at))]);
  expect(refused.slice(pieces.length)).not.toContain(true);
});

test('forty-eight characters of any value are enough', () => {
  const value = createHash('shake256', { outputLength: 1200 }).update('value').digest('base64url');
  const refused = refusedOf(Array.from(value), value);
  expect(refused.indexOf(true)).toBe(47);
  expect(refused.slice(47)).not.toContain(false);
});
