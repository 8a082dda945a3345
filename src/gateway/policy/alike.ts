import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../config.ts';

/** Whether what runs by one rule might as well run by the other: to the same addresses, with the same identity, looked at and counted alike. */
export function treatAlike(one: Rule, other: Rule): boolean {
  const held = ({ dlp, budget }: Rule): unknown => [dlp, budget];
  return one === other || (isDeepStrictEqual(held(one), held(other)) && leadAlike(one, other));
}

/** To the same addresses, with the same identity. */
export function leadAlike(one: Rule, other: Rule): boolean {
  return wayOf(one) === wayOf(other);
}

function wayOf({ addresses, inject }: Rule): string {
  return JSON.stringify([addresses ?? null, inject?.secret ?? null, slotOf(inject)]);
}

/** In an order of its own, whatever the order of the keys. */
function slotOf(inject: Rule['inject']): unknown {
  return inject === undefined ? null : Object.entries(inject.slot).sort(([a], [b]) => (a < b ? -1 : 1));
}
