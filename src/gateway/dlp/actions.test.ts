import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { actionOn, canonicalActions, isAsStrictAs, withoutCutting, type Actions } from './actions.ts';

const action = fc.constantFrom('block' as const, 'redact' as const, 'warn' as const);
const map = fc.record({
  secret: action,
  canary: action,
  pattern: action,
  undecodable: fc.constantFrom('refuse' as const, 'pass' as const),
});
/** The optional detectors. */
const asking = fc.record({ card_numbers: action, iban: action }, { requiredKeys: [] });
const actions: fc.Arbitrary<Actions> = fc.oneof(
  action,
  map,
  fc.tuple(map, asking).map(([always, asked]) => ({ ...always, ...asked })),
);
const DETECTORS = ['secret', 'canary', 'pattern', 'undecodable', 'card_numbers', 'iban'] as const;
const each = (all: Actions): readonly string[] => DETECTORS.map((detector) => actionOn(detector, all));

test('the canonical form means the same, and is one for all that mean the same', () => {
  fc.assert(
    fc.property(actions, actions, (one, other) => {
      expect(each(canonicalActions(one))).toEqual(each(one));
      const isSame = each(one).join() === each(other).join();
      expect(JSON.stringify(canonicalActions(one)) === JSON.stringify(canonicalActions(other))).toBe(isSame);
    }),
    { numRuns: runs(400) },
  );
});

test('what a map does not name is the strictest', () => {
  expect(canonicalActions({})).toBe('block');
  expect(each(canonicalActions({ pattern: 'warn' }))).toEqual([
    'block',
    'block',
    'warn',
    'block',
    'off',
    'off',
  ]);
  expect(each(canonicalActions({ undecodable: 'pass' }))).toEqual([
    'block',
    'block',
    'block',
    'warn',
    'off',
    'off',
  ]);
});

test('a word refuses what cannot be decoded, whatever the word is', () => {
  for (const word of ['block', 'redact', 'warn'] as const)
    expect(actionOn('undecodable', word)).toBe('block');
});

test('as strict as the other is who is that for every detector', () => {
  const order = ['off', 'warn', 'redact', 'block'];
  fc.assert(
    fc.property(actions, actions, (one, other) => {
      const [mine, theirs] = [each(one), each(other)];
      const expected = mine.every(
        (word, index) => order.indexOf(word) >= order.indexOf(theirs[index] ?? 'block'),
      );
      expect(isAsStrictAs(one, other)).toBe(expected);
      expect([isAsStrictAs(one, undefined), isAsStrictAs(undefined, one)]).toEqual([true, false]);
    }),
    { numRuns: runs(400) },
  );
});

test('without cutting, what would be cut out blocks, and nothing else changes', () => {
  fc.assert(
    fc.property(actions, (all) => {
      const uncut = each(all).map((word) => (word === 'redact' ? 'block' : word));
      expect(each(withoutCutting(all))).toEqual(uncut);
    }),
  );
});
