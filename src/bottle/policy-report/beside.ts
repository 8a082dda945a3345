import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../errors.ts';
import type { Injection, Rule } from '../../gateway/config.ts';
import { decide, type Request } from '../../gateway/policy/decide.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import { resolveInjection } from '../../manifest/injection.ts';
import type { InjectInput } from '../../manifest/schema/inject-schema.ts';
import { formatSize } from '../../manifest/schema/quantities.ts';
import { identityOf } from '../../secrets/identity.ts';
import { describeSource } from '../../secrets/source.ts';
import type { KnownRules } from './known-rules.ts';
import { pushingTo } from './pushing.ts';
import type { SuggestedRule } from './suggested-rule.ts';

/**
 * The fields that a suggested rule takes over from the existing rules of its host. An agent can provoke any suggestion:
 * without the identity, the rule would let somebody else's key through; without the addresses, it would lead elsewhere;
 * without the budget, it would bypass the budget.
 */
export interface Beside {
  readonly kept: Pick<SuggestedRule, 'inject' | 'addresses' | 'max_bytes'>;
  /** The identity that the rule would lend, in the gateway's form. */
  readonly injection?: Injection;
  /** A well-known rule to suggest instead, which allows more than what was requested. */
  readonly instead?: SuggestedRule;
  /** Why no rule is suggested. */
  readonly never?: string;
}

/** Finds these fields for a refused request. Pure. */
export function besideRulesOf(known: KnownRules, request: Request): Beside {
  const { policy, written } = known;
  const ofHost = nearestFirst(
    policy.allow.filter(({ host }) => coversHost(host, request.host)),
    decide(policy, request).rule,
  );
  const lending = ofHost.filter(({ inject }) => inject !== undefined);
  const lender = lending.find(({ port, scheme }) => port === request.port && scheme === request.scheme);
  const instead = pushingTo(known, request);
  if (instead !== undefined)
    return { kept: {}, instead, ...(lender?.inject === undefined ? {} : { injection: lender.inject }) };
  const kept = { ...addressesOf(ofHost), ...budgetOf(ofHost) };
  if (lending[0] === undefined) return { kept };
  if (lender?.inject === undefined) return { kept, never: elsewhere(lending[0]) };
  const { inject: injection } = lender;
  const inject = written
    .flatMap((rule) => rule.inject ?? [])
    .find((words) =>
      isDeepStrictEqual(meantBy(words, injection, { ...known, host: request.host }), injection),
    );
  return inject === undefined
    ? { kept, never: unreadable(lender) }
    : { kept: { inject, ...kept }, injection };
}

const nearestFirst = (rules: readonly Rule[], nearestId: string): readonly Rule[] =>
  rules.toSorted((a, b) => Number(b.id === nearestId) - Number(a.id === nearestId));

/** On another port, another program would get the identity; without it, anybody's key could go there. */
const elsewhere = ({ id, scheme, port }: Rule): string =>
  `${id} lends this host an identity, for ${scheme} on port ${port} only`;

const unreadable = ({ id }: Rule): string =>
  `${id} lends this host an identity that its manifest does not have any more: widen that rule`;

function addressesOf(rules: readonly Rule[]): Pick<SuggestedRule, 'addresses'> {
  const addresses = rules.find((rule) => rule.addresses !== undefined)?.addresses;
  return addresses === undefined ? {} : { addresses };
}

function budgetOf(rules: readonly Rule[]): Pick<SuggestedRule, 'max_bytes'> {
  const budget = rules.find((rule) => rule.budget !== undefined)?.budget;
  return budget === undefined ? {} : { max_bytes: formatSize(budget.maxBytes) };
}

/** The injection that these words gave for this host when the gateway got its policy, with the variables set then. */
function meantBy(
  words: InjectInput,
  { secret }: Injection,
  { host, homeDir }: Pick<KnownRules, 'homeDir'> & Pick<Request, 'host'>,
): Injection | undefined {
  const wasSet = (name: string): boolean => describeSource({ kind: 'env', name }) === secret;
  try {
    const rule = { id: '', host, inject: resolveInjection(words, homeDir) };
    const { name, slot } = identityOf(rule, wasSet);
    return { secret: name, slot };
  } catch (error) {
    // A preset that would have found another secret.
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}
