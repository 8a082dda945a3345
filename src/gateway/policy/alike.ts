import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../config.ts';

/**
 * Returns whether two rules treat a request in the same way: same addresses, same identity, same inspection, same
 * budget.
 */
export function treatAlike(one: Rule, other: Rule): boolean {
  const held = ({ dlp, budget }: Rule): unknown => [dlp, budget];
  return one === other || (isDeepStrictEqual(held(one), held(other)) && leadAlike(one, other));
}

/** Returns whether two rules lead to the same addresses with the same identity. */
export function leadAlike(one: Rule, other: Rule): boolean {
  return wayOf(one) === wayOf(other);
}

function wayOf({ addresses, inject }: Rule): string {
  return JSON.stringify([addresses ?? null, inject?.secret ?? null, slotOf(inject)]);
}

/** Sorts the keys, so that their order does not matter. */
function slotOf(inject: Rule['inject']): unknown {
  return inject === undefined ? null : Object.entries(inject.slot).sort(([a], [b]) => (a < b ? -1 : 1));
}
