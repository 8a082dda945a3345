import type { Policy } from '../gateway/config.ts';
import { decideEarly } from '../gateway/policy/decide.ts';
import { canonicalRule } from '../gateway/policy/rules.ts';
import type { ResolvedAgent } from '../manifest/resolve.ts';

/**
 * The gateway's policy from the manifest's rules, each in its one canonical form.
 * @throws BottleError `manifest` for a rule that cannot be enforced as it is written
 */
export function policyOf(egress: ResolvedAgent['egress']): Policy {
  return {
    allow: egress.allow.map((rule) => canonicalRule(rule, { id: rule.id, list: 'allow' })),
    deny: egress.deny.map((rule) => canonicalRule(rule, { id: rule.id, list: 'deny' })),
  };
}

/** The hosts of these that the policy does not let through on 443. */
export function hostsNotAllowed(policy: Policy, hosts: readonly string[]): readonly string[] {
  return hosts.filter((host) => decideEarly(policy, { host, port: 443 }).verdict === 'deny');
}
