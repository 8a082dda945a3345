import type { AuditLog } from './audit/log.ts';
import { Budget } from './budget/budget.ts';
import type { BudgetLimits } from './config.ts';
import { createGate, type Gate } from './gate.ts';
import type { LivePolicy } from './live-policy.ts';

/** A gate with this log and policy, that looks no name up, for tests of what passes it. */
export function gateBy(
  policy: LivePolicy,
  audit: AuditLog,
  {
    limits = {},
    isOpen = () => true,
  }: { readonly limits?: BudgetLimits; readonly isOpen?: () => boolean } = {},
): Gate {
  return createGate({
    config: {},
    policy,
    audit,
    lookup: async () => await Promise.reject(new Error('no name is looked up')),
    budget: new Budget(limits),
    inspectHost: () => [],
    tell: () => [],
    isOpen,
  });
}
