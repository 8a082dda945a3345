import { BottleError } from '../errors.ts';
import type { Policy, Rule } from '../gateway/config.ts';
import { decideEarly } from '../gateway/policy/decide.ts';
import { canonicalRule } from '../gateway/policy/rules.ts';
import type { ResolvedAgent } from '../manifest/resolve.ts';
import type { ResolvedRule } from '../manifest/rules.ts';

/**
 * The gateway's policy from the manifest's rules, each in its one canonical form.
 * @throws BottleError `manifest` for a rule that cannot be enforced as it is written
 */
export function policyOf({ egress: { allow, deny }, ssh }: Pick<ResolvedAgent, 'egress' | 'ssh'>): Policy {
  return {
    // Nobody can look into SSH: what else is spoken with that port of that host passes too.
    allow: [...allow, ...ssh.map((entry) => ({ ...entry, scheme: 'tcp' as const }))].map((rule) =>
      ruleOf(rule, 'allow'),
    ),
    deny: deny.map((rule) => ruleOf(rule, 'deny')),
  };
}

function ruleOf(rule: Omit<ResolvedRule, 'methods' | 'paths'>, list: 'allow' | 'deny'): Rule {
  try {
    return canonicalRule(rule, { id: rule.id, list });
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    throw new BottleError(error.code, `${rule.position}: ${error.message}`, {
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      cause: error,
    });
  }
}

/** The hosts of these that the policy does not let through on 443. */
export function hostsNotAllowed(policy: Policy, hosts: readonly string[]): readonly string[] {
  return hosts.filter((host) => decideEarly(policy, { host, port: 443 }).verdict === 'deny');
}
