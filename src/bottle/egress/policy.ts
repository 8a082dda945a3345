import { BottleError } from '../../errors.ts';
import type { BudgetLimits, Policy, Injection, UpstreamProxy } from '../../gateway/config.ts';
import { decideEarly } from '../../gateway/policy/decide.ts';
import { canonicalRule, type WrittenRule } from '../../gateway/policy/rules.ts';
import type { ResolvedEgress, ResolvedSsh, ResolvedAgent } from '../../manifest/resolve.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';
import { openForDenials, refuseHalfOpen, refuseTwoIdentities, type PlacedRule } from './rule-conflicts.ts';
import { hostVariable } from '../../host/env.ts';
import { identityOf, type Identity } from '../../secrets/identity.ts';

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

/** The fields of an agent that show whether it has a secret. */
type Secretive = Pick<ResolvedAgent, 'bottle' | 'egress' | 'ssh' | 'ownEnvNames'>;

/**
 * Learning lets out requests that no rule covers, so only a bottle without secrets may learn.
 * @throws BottleError `policy` for a bottle with secrets, naming them
 */
export function refuseToLearn({ bottle, egress, ssh, ownEnvNames }: Secretive): void {
  const secrets = [
    ...egress.allow.filter(({ inject }) => inject !== undefined).map(({ id }) => `${id} has inject`),
    ...egress.protect.map((pattern) => `egress.protect has ${pattern}`),
    ...ssh.map(({ id }) => `${id} lends a key`),
    ...ownEnvNames.map((name) => `env.${name} comes from this host, or from you`),
  ];
  if (secrets.length === 0) return;
  throw new BottleError('policy', `the bottle ${bottle} has secrets: it cannot learn`, {
    details: secrets,
    fix: 'start --learn with a bottle that has none of these, and copy its rules',
  });
}

/**
 * Learning allows only public hosts, which a lookup shows. Behind a company proxy there is no lookup, and the proxy
 * would reach all hosts of the company.
 * @throws BottleError `policy` if this host uses a proxy
 */
export function refuseToLearnThrough(proxy: UpstreamProxy | undefined): void {
  if (proxy === undefined) return;
  throw new BottleError('policy', 'HTTPS_PROXY of this host is set: a bottle cannot learn', {
    details: ['requests that no rule covers would reach all hosts behind the company proxy'],
    fix: 'start without --learn, and turn the refusals into rules: bot-bottle policy log',
  });
}

const isSet = (variable: string): boolean => hostVariable(variable) !== undefined;

/** The injection for requests of this rule. A preset that finds no secret here shows the first one it looks for. */
function injectionOf(rule: ResolvedRule): Injection | undefined {
  const identity = find(rule, isSet, () => find(rule, () => true));
  return identity === undefined ? undefined : { secret: identity.name, slot: identity.slot };
}

/**
 * The identities of all rules as this host provides them, each with its rule's id.
 * @throws BottleError `manifest` if a preset finds no secret
 */
export function identitiesOf(
  rules: readonly ResolvedRule[],
): readonly (Identity & { readonly id: string })[] {
  return rules.flatMap((rule) => {
    const identity = find(rule, isSet);
    return identity === undefined ? [] : [{ ...identity, id: rule.id }];
  });
}

function find(
  rule: ResolvedRule,
  has: (variable: string) => boolean,
  otherwise?: () => Identity | undefined,
): Identity | undefined {
  const { inject } = rule;
  if (inject === undefined) return undefined;
  try {
    return identityOf({ ...rule, inject }, has);
  } catch (error) {
    if (otherwise === undefined) throw error;
    return otherwise();
  }
}
