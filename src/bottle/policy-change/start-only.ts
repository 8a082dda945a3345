import { isDeepStrictEqual } from 'node:util';
import { formatSize } from '../../manifest/schema/quantities.ts';
import type { ResolvedEgress } from '../../manifest/resolve.ts';

/** The settings of `egress` that hold from a bottle's start to its end: its gateway gets them once. */

/** Members have the names of their manifest keys; null: no limit. */
export interface StartOnly {
  readonly max_bytes: number | null;
  readonly max_requests: number | null;
  readonly max_tokens: number | null;
  readonly canary: boolean;
  readonly protect: readonly string[];
  readonly secret_rules: readonly string[];
}

/** The settings of a bottle that sets none of these keys. */
export const NOTHING_SAID: StartOnly = {
  max_bytes: null,
  max_requests: null,
  max_tokens: null,
  canary: true,
  protect: [],
  secret_rules: [],
};

/** The part of a bottle's rules that `policy set` cannot change. */
export function startOnlyOf({ egress }: { readonly egress: ResolvedEgress }): StartOnly {
  return {
    max_bytes: egress.maxBytes ?? null,
    max_requests: egress.maxRequests ?? null,
    max_tokens: egress.maxTokens ?? null,
    canary: egress.canary,
    protect: egress.protect.toSorted(),
    secret_rules: egress.secretRules.toSorted(),
  };
}

/** The settings that differ, one line per key. Pure. */
export function changedSinceStart(before: StartOnly, next: StartOnly): readonly string[] {
  return (Object.keys(NOTHING_SAID) as (keyof StartOnly)[])
    .filter((key) => !isDeepStrictEqual(before[key], next[key]))
    .map(
      (key) =>
        `egress.${key} would be ${inWords(key, next)}, and is ${inWords(key, before)} from the start on`,
    );
}

function inWords(key: keyof StartOnly, said: StartOnly): string {
  const value = said[key];
  if (value === null) return 'without limit';
  if (typeof value === 'number') return key === 'max_bytes' ? formatSize(value) : String(value);
  if (typeof value === 'boolean') return String(value);
  return value.length === 0 ? 'empty' : value.join(', ');
}
