import { TOO_MANY } from './active-passages.ts';
import type { Judged, Refusal } from './gate.ts';
import type { LivePolicy } from './live-policy.ts';

/** What the gate itself refuses things for, besides policy and what is in them. */

/** Before the launch checks have held: an image’s own shell may run by then. */
export const NOT_YET = {
  kind: 'closed',
  rule: 'gateway.closed',
  reason: 'the launch checks of this bottle have not all held yet',
} as const;

/** Another rule lets it out now, in another way. */
export const RULE_CHANGED = {
  kind: 'changed',
  rule: 'gateway.changed',
  reason: 'the rule for it was changed while it was under way; ask once more',
} as const;

/** Why what was judged before may not be let out now; undefined: it may. */
export function refusalSince(judged: Judged, policy: LivePolicy): Omit<Refusal, 'verdict'> | undefined {
  const reason = policy.whyNotNow(judged);
  if (reason === undefined) return policy.isFull() ? TOO_MANY : undefined;
  // By the policy of now: the rule that it was judged by may stand elsewhere, or nowhere.
  const { verdict, rule } = policy.decide(judged.asked);
  return verdict === 'allow' ? RULE_CHANGED : { kind: 'policy', rule, reason };
}

/** Nothing goes out while no line can be written. It has no line itself. */
export function auditRefusal(why: string): Refusal {
  return {
    verdict: 'deny',
    kind: 'audit',
    rule: 'gateway.audit',
    reason: `the audit log cannot be written: ${why}`,
  };
}
