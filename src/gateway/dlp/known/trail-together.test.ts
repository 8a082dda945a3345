import { expect, test } from 'vitest';
import { trailsOf } from '../head-texts.ts';
import { createInspector } from '../inspector.ts';
import type { Inspector } from '../finding.ts';

/** Pieces over several names. */

const VALUE = 'gk7_Qz91XbTm4LpWc8RyVn2HsDf6JtKe3uAa5ZoE';
const PIECES = Array.from(VALUE);

const make = (value = VALUE): Inspector =>
  createInspector({ secrets: [{ name: 'API_KEY', value, kind: 'secret' }], rules: [], nowMs: () => 0 });

type Headers = readonly (readonly [string, string])[];
const asks = (by: Inspector, path: string, headers: Headers = []): boolean =>
  by.head({ host: 'a.test', path, headers }).length > 0;

test.each<[string, (by: Inspector, piece: string, at: number) => boolean]>([
  ['in two headers in turn', (by, piece, at) => asks(by, '/', [[`x-${at % 2}`, piece]])],
  [
    'in two headers in turn, beside others',
    (by, piece, at) =>
      asks(by, '/', [
        ['accept', '*/*'],
        ['x-app', 'cli'],
        [`x-${at % 2}`, piece],
      ]),
  ],
  ['in two parameters in turn', (by, piece, at) => asks(by, `/s?${'ab'.charAt(at % 2)}=${piece}`)],
])('%s', (_, sends) => {
  const by = make();
  const refused = PIECES.map((piece, at) => sends(by, piece, at));
  const first = refused.indexOf(true);
  expect(first / PIECES.length).toBeGreaterThan(0.4);
  expect(first / PIECES.length).toBeLessThan(0.75);
});

test.each<[string, (by: Inspector, one: string, other: string) => boolean]>([
  [
    'headers',
    (by, one, other) =>
      asks(by, '/', [
        ['x-a', one],
        ['x-b', other],
      ]),
  ],
  ['parameters', (by, one, other) => asks(by, `/s?a=${one}&b=${other}`)],
])('two of each request: %s', (_, sends) => {
  const by = make();
  const pairs = VALUE.match(/../g) ?? [];
  const first = pairs.findIndex((pair) => sends(by, pair.charAt(0), pair.charAt(1)));
  expect(first / pairs.length).toBeGreaterThan(0.4);
  expect(first / pairs.length).toBeLessThan(0.75);
});

test('characters beyond ASCII are the bytes that Node gives for them', () => {
  const value = 'Größe-Übermaß-Çédille-ñandú';
  const by = make(value);
  const bytes = Array.from(Buffer.from(value).toString('latin1'));
  const first = bytes.findIndex((byte) => asks(by, '/', [['x-note', byte]]));
  expect(first / bytes.length).toBeLessThan(0.75);
  expect(first).toBeGreaterThan(0);
});

test('what is new in each request by itself is not among them', () => {
  const id = '6f1c0d52-0f0c-4c8e-9b1e-2d2a1b7c9f10';
  const trails = trailsOf({
    host: 'h',
    path: `/?id=${id}&b=2`,
    headers: [
      ['x-id', id],
      ['x-part', 'a'],
    ],
  });
  const together = trails.filter(
    ({ kind, where, parameter }) => kind === 'whole' && (where === 'headers' || parameter),
  );
  expect(together.map(({ text }) => text)).toEqual(['2', 'a']);
});
