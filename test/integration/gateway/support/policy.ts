import type { Policy, Rule } from '../../../../src/gateway/config.ts';
import { canonicalRule, type WrittenRule } from '../../../../src/gateway/policy/rules.ts';

/** Returns a gateway's policy from rules in written form. */
export function policyOf(allow: readonly WrittenRule[], deny: readonly WrittenRule[]): Policy {
  const rules = (written: readonly WrittenRule[], list: 'allow' | 'deny'): Rule[] =>
    written.map((rule, index) => canonicalRule(unopened(rule, list), { id: `${list}[${index}]`, list }));
  return { allow: rules(allow, 'allow'), deny: rules(deny, 'deny') };
}

/** These tests are about tunnels, unless a rule says otherwise. */
function unopened(rule: WrittenRule, list: 'allow' | 'deny'): WrittenRule {
  const isTunnel = list === 'allow' && (rule.scheme ?? 'https') === 'https' && rule.tls === undefined;
  return isTunnel ? { ...rule, tls: 'pass' } : rule;
}
