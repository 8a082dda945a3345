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

test('the canonical form is unique and keeps the meaning', () => {
  fc.assert(
    fc.property(actions, actions, (one, other) => {
      expect(each(canonicalActions(one))).toEqual(each(one));
      const isSame = each(one).join() === each(other).join();
      expect(JSON.stringify(canonicalActions(one)) === JSON.stringify(canonicalActions(other))).toBe(isSame);
    }),
    { numRuns: runs(400) },
  );
});

test('detectors that a map does not name get the strictest action', () => {
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

test('a single word also refuses content that cannot be decoded', () => {
  for (const word of ['block', 'redact', 'warn'] as const)
    expect(actionOn('undecodable', word)).toBe('block');
});

test('one action is as strict as another when it is as strict for every detector', () => {
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

test('where nothing can be redacted, redact becomes block, and nothing else changes', () => {
  fc.assert(
    fc.property(actions, (all) => {
      const uncut = each(all).map((word) => (word === 'redact' ? 'block' : word));
      expect(each(withoutCutting(all))).toEqual(uncut);
    }),
  );
});
