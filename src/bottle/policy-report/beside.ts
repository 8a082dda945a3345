import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../errors.ts';
import type { Injection, Rule } from '../../gateway/config.ts';
import { decide, type Request } from '../../gateway/policy/decide.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import { resolveInjection } from '../../manifest/injection.ts';
import type { InjectInput } from '../../manifest/schema/inject-schema.ts';
import { formatSize } from '../../manifest/schema/sizes.ts';
import { identityOf } from '../../secrets/identity.ts';
import { describeSource } from '../../secrets/source.ts';
import type { KnownRules } from './known-rules.ts';
import { pushingTo } from './pushing.ts';
import type { SuggestedRule } from './suggested-rule.ts';

/**
 * What a suggested rule keeps of those that its host has already. An agent can bring any suggestion about: without the identity
 * it would be a way for a key of somebody else's, without the addresses it would lead elsewhere, without the budget past it.
 */
export interface Beside {
  readonly kept: Pick<SuggestedRule, 'inject' | 'addresses' | 'max_bytes'>;
  /** The identity that it would lend, as the gateway has it. */
  readonly injection?: Injection;
  /** A rule that stands for more than what was asked for, and is better known. */
  readonly instead?: SuggestedRule;
  /** Why none is suggested. */
  readonly never?: string;
}

/** Of a request that is refused. Pure. */
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

/** To another port it would be lent to another program, and without it everybody's key could go there. */
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

/** What these words came to for this host when the gateway was told: by the variables that were set then. */
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
