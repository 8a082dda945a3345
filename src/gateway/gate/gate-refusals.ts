import { TOO_MANY } from './active-passages.ts';
import type { Found, Judged, Refusal } from './gate.ts';
import type { Closing, LivePolicy } from './live-policy.ts';

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

/** Of everything, once refusals have told so much of this secret that it may be found out by them. */
export const guessed = (secret: string): Closing => ({
  rule: 'gateway.guessing',
  reason:
    `requests were refused, or had to wait, for ever more of ${secret}, as they are when a secret is guessed piece by piece: ` +
    'it may be known in part by now, so nothing goes out of this bottle any more',
});

/** Why what was judged before may not be let out now; undefined: it may. */
export function refusalSince(judged: Judged, policy: LivePolicy): Omit<Refusal, 'verdict'> | undefined {
  const reason = policy.whyNotNow(judged);
  if (reason === undefined) return policy.isFull() ? TOO_MANY : undefined;
  // By the policy of now: the rule that it was judged by may stand elsewhere, or nowhere.
  const { verdict, rule } = policy.decide(judged.asked);
  return verdict === 'allow' ? RULE_CHANGED : { kind: 'policy', rule, reason };
}

/** For what is in a request. Since the bottle is closed it says that, whatever was found: else it would tell on. */
export function refusalFor({ rule, reason }: Found, policy: LivePolicy): Omit<Refusal, 'verdict'> {
  const closing = policy.closed();
  return closing === undefined ? { kind: 'content', rule, reason } : { kind: 'policy', ...closing };
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
