import { TOO_MANY } from './active-passages.ts';
import type { Found, Judged, Refusal } from './gate.ts';
import type { Closing, LivePolicy } from './live-policy.ts';

/** Refusals by the gate itself, besides those for policy and content. */

/** Refuses everything before all launch checks have held, because an image's own shell may already run. */
export const NOT_YET = {
  kind: 'closed',
  rule: 'gateway.closed',
  reason: 'the launch checks of this bottle have not all passed yet',
} as const;

/** Refuses a request that another rule now allows in a different way. */
export const RULE_CHANGED = {
  kind: 'changed',
  rule: 'gateway.changed',
  reason: 'the rule for it changed during the request; ask again',
} as const;

/** Refuses everything once refusals have revealed so much about this secret that the agent may know it. */
export const guessed = (secret: string): Closing => ({
  rule: 'gateway.guessing',
  reason:
    `refused or delayed requests have revealed more and more of ${secret}, as when an agent guesses a secret piece by piece; ` +
    'the agent may know part of it, so nothing goes out of this bottle any more',
});

/** Returns why an earlier judgement may not pass now. Undefined: it may. */
export function refusalSince(judged: Judged, policy: LivePolicy): Omit<Refusal, 'verdict'> | undefined {
  const reason = policy.whyNotNow(judged);
  if (reason === undefined) return policy.isFull() ? TOO_MANY : undefined;
  // Uses the present policy, because the earlier rule may have moved or gone.
  const { verdict, rule } = policy.decide(judged.asked);
  return verdict === 'allow' ? RULE_CHANGED : { kind: 'policy', rule, reason };
}

/**
 * Returns the refusal for a request's content. A closed bottle always gives the same reason, because another one would
 * reveal the finding.
 */
export function refusalFor({ rule, reason }: Found, policy: LivePolicy): Omit<Refusal, 'verdict'> {
  const closing = policy.closed();
  return closing === undefined ? { kind: 'content', rule, reason } : { kind: 'policy', ...closing };
}

/** Refuses everything while the audit log is not writable. This refusal has no line in the log. */
export function auditRefusal(why: string): Refusal {
  return {
    verdict: 'deny',
    kind: 'audit',
    rule: 'gateway.audit',
    reason: `the audit log cannot be written: ${why}`,
  };
}
