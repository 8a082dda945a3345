import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCycles, parentsFirst } from './parents.ts';

const graph = (edges: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(edges));

/** Any graph of up to eight bottles, including cycles. */
const anyGraph = fc
  .array(fc.uniqueArray(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .map(
    (rows) =>
      new Map(
        rows.map((parents, name) => [String(name), parents.filter((p) => p < rows.length).map(String)]),
      ),
  );

test('parents come first, and bottles in or behind a cycle are left out', () => {
  expect(parentsFirst(graph({ c: ['b', 'a'], b: ['a'], a: [] }))).toEqual(['a', 'b', 'c']);
  expect(parentsFirst(graph({ a: ['b'], b: ['a'], c: ['a'], d: [] }))).toEqual(['d']);
});

test('each cycle is reported once', () => {
  expect(findCycles(graph({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] }))).toEqual([['a', 'b', 'c', 'a']]);
  expect(findCycles(graph({ a: ['a'], b: ['c'], c: ['b'] }))).toEqual([
    ['a', 'a'],
    ['b', 'c', 'b'],
  ]);
  expect(findCycles(graph({ a: ['b', 'c'], b: [], c: ['b'] }))).toEqual([]);
});

test('a long chain is no cycle and needs no stack', () => {
  const chain = new Map(
    Array.from({ length: 5000 }, (_, index) => [`b${index}`, index === 0 ? [] : [`b${index - 1}`]]),
  );
  expect(parentsFirst(chain)).toHaveLength(5000);
  expect(findCycles(chain)).toEqual([]);
});

test('in any graph every parent comes before its child, and a cycle is found where that is impossible', () => {
  fc.assert(
    fc.property(anyGraph, (parentsOf) => {
      const order = parentsFirst(parentsOf);
      for (const [index, name] of order.entries()) {
        for (const parent of parentsOf.get(name) ?? []) expect(order.slice(0, index)).toContain(parent);
      }
      const cycles = findCycles(parentsOf);
      expect(cycles.length > 0).toBe(order.length < parentsOf.size);
      for (const round of cycles) {
        expect(round.at(0)).toBe(round.at(-1));
        for (const [index, name] of round.slice(0, -1).entries()) {
          expect(parentsOf.get(name)).toContain(round[index + 1]);
        }
      }
    }),
  );
});
