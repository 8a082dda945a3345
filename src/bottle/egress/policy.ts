import { BottleError } from '../../errors.ts';
import type { BudgetLimits, Policy } from '../../gateway/config.ts';
import { decideEarly } from '../../gateway/policy/decide.ts';
import { canonicalRule, type WrittenRule } from '../../gateway/policy/rules.ts';
import type { ResolvedEgress, ResolvedSsh } from '../../manifest/resolve.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';
import { injectionOf } from './identity.ts';
import { openForDenials, refuseHalfOpen, refuseTwoIdentities, type PlacedRule } from './rule-conflicts.ts';

/** The part of a resolved agent that determines a policy. */
export interface Rules {
  readonly egress: Pick<ResolvedEgress, 'allow' | 'deny'>;
  readonly ssh: readonly ResolvedSsh[];
}

/**
 * Builds the gateway's policy from the manifest's rules, each in its canonical form.
 * @throws BottleError `manifest` for a rule that cannot be enforced as written, alone or with another rule
 */
export function policyOf({ egress, ssh }: Rules): Policy {
  // The gateway cannot inspect SSH: any other protocol on the same host and port passes too.
  const written = [
    ...egress.allow,
    ...ssh.map(({ id, position, host, port, addresses }) => ({
      id,
      position,
      host,
      port,
      scheme: 'tcp' as const,
      ...(addresses === undefined ? {} : { addresses }),
    })),
  ];
  const deny = egress.deny.map((rule) => placed(rule, 'deny'));
  const allow = openForDenials(
    written.map((rule) => placed(rule, 'allow')),
    deny,
  );
  refuseHalfOpen(allow);
  refuseTwoIdentities(allow);
  return { allow: allow.map(({ rule }) => rule), deny: deny.map(({ rule }) => rule) };
}

function placed(rule: ResolvedRule, list: 'allow' | 'deny'): PlacedRule {
  try {
    const canonical = canonicalRule(writtenAs(rule), { id: rule.id, list });
    return { rule: canonical, position: rule.position, mustPass: rule.tls === 'pass' };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    throw new BottleError(error.code, `${rule.position}: ${error.message}`, {
      fix: error.fix,
      cause: error,
    });
  }
}

/** In a deny rule port 0 means every port; the gateway's `canonicalRule` expects no port instead. */
function writtenAs(resolved: ResolvedRule): WrittenRule {
  const { port, inject: _, ...rule } = resolved;
  const injection = injectionOf(resolved);
  return {
    ...rule,
    ...(port === 0 ? {} : { port }),
    ...(injection === undefined ? {} : { inject: injection }),
  };
}

/** Limits for the whole bottle. */
export function limitsOf({ egress }: { readonly egress: ResolvedEgress }): BudgetLimits {
  const { maxBytes, maxRequests, maxTokens } = egress;
  return {
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}

/** Those of `hosts` that the policy does not allow on port 443. */
export function hostsNotAllowed(policy: Policy, hosts: readonly string[]): readonly string[] {
  return hosts.filter((host) => decideEarly(policy, { host, port: 443 }).verdict === 'deny');
}

/**
 * A note on rules with `scheme: tcp`, except those of `ssh`, whose client knows the way. Most programs that need such
 * a rule know no proxy and only see a refused connection. Undefined if there are none. Pure.
 */
export function noteOnRawPorts({ allow }: Pick<Policy, 'allow'>, forwarderPath: string): string | undefined {
  const raw = allow.filter(({ id, scheme }) => scheme === 'tcp' && !/(?:^|\.)ssh\[/.test(id));
  if (raw.length === 0) return undefined;
  const places = raw.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
  const how = `\`perl ${forwarderPath} HOST:PORT [LOCAL_PORT] >/tmp/forward.log 2>&1 &\` in the bottle, which makes it 127.0.0.1:PORT there`;
  return `${places}: raw ports; programs that know no proxy (psql, redis-cli) need ${how}`;
}
