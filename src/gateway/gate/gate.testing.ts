import type { AuditLog } from '../audit/log.ts';
import { Budget } from '../budget/budget.ts';
import type { BudgetLimits, Rule } from '../config.ts';
import { createGate, type Gate, type Passage } from './gate.ts';
import type { LivePolicy } from './live-policy.ts';
import type { Lookup } from '../outward/lookup.ts';

/** Returns a gate with this log and policy, for tests. Without a `lookup`, every lookup fails. */
export function gateBy(
  policy: LivePolicy,
  audit: AuditLog,
  {
    limits = {},
    isOpen = () => true,
    lookup = async () => await Promise.reject(new Error('no name is looked up')),
  }: {
    readonly limits?: BudgetLimits;
    readonly isOpen?: () => boolean;
    readonly lookup?: Lookup;
  } = {},
): Gate {
  return createGate({
    config: {},
    policy,
    audit,
    lookup,
    budget: new Budget(limits),
    inspectHost: () => [],
    inspectLogTexts: () => [],
    isOpen,
  });
}

/** A stand-in that lets everything pass by this rule, and logs nothing. */
export function gateThatPasses(grant: Rule, more: Pick<Passage, 'end' | 'isLent'>): Gate {
  const refusal = { verdict: 'deny', kind: 'policy', rule: 'stand-in', reason: 'not here' } as const;
  const route = { kind: 'direct', addresses: ['192.0.2.1'] } as const;
  const policy = { allow: [grant], deny: [] };
  const revocation = { revoked: () => undefined, whenRevoked: () => undefined };
  const own = { ...more, grant, route, revocation, mayFollowContent: true };
  return {
    judge: (asked) => ({ verdict: 'allow', asked, rule: grant.id, grant, route, policy }),
    open: async ({ asked }, _, onEnd) => {
      const end: Passage['end'] = (outcome) => {
        onEnd?.(outcome);
        more.end(outcome);
      };
      return await Promise.resolve({ verdict: 'pass', asked, budget: new Budget({}), ...own, end });
    },
    allowsRaw: () => false,
    opensTls: () => true,
    attend: () => () => undefined,
    wait: () => () => undefined,
    refuse: () => refusal,
    block: () => refusal,
    exhausted: () => refusal,
  };
}
