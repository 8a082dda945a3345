import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../errors.ts';
import type { Injection, Rule, Policy } from '../../gateway/config.ts';
import { decide, type Request } from '../../gateway/policy/decide.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import { resolveInjection } from '../../manifest/injection.ts';
import type { InjectInput } from '../../manifest/schema/inject-schema.ts';
import { formatSize } from '../../manifest/schema/quantities.ts';
import { identityOf } from '../../secrets/identity.ts';
import { describeSource } from '../../secrets/source.ts';
import type { KnownRules } from './known-rules.ts';
import type { SuggestedRule } from './suggested-rule.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import { repositoryEndpoints } from '../../manifest/github.ts';
import type { RuleInput } from '../../manifest/schema/rule-schema.ts';
import { repositoryFault } from '../../manifest/schema/text-faults.ts';

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
    // An identity that would have found another secret.
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}

/** Recognises a push to a repository that the bottle may only read: a single well-known rule allows that. */

/** `{ github: owner/name, push: true }` if that would allow the request; otherwise undefined. Pure. */
function pushingTo({ policy, written }: KnownRules, request: Request): SuggestedRule | undefined {
  for (const rule of written) {
    const repository = rule.push === true ? undefined : repositoryIn(rule, request);
    if (repository === undefined || !allowsPush(repository, policy, request)) continue;
    const reading = whatReads(repository, policy);
    // The manifest has changed since the gateway got its policy, so the intention is unclear.
    if (reading === undefined || (reading.inject !== undefined && rule.inject === undefined)) continue;
    const { inject, max_bytes: size } = rule;
    return {
      github: repository,
      push: true,
      ...(inject === undefined ? {} : { inject }),
      ...(size === undefined ? {} : { max_bytes: size }),
    };
  }
  return undefined;
}

/** The repository of the rule; for `owner/*`, the repository that the path names. */
function repositoryIn({ github }: RuleInput, { path = '' }: Request): string | undefined {
  if (github?.endsWith('/*') !== true) return github;
  const [, owner, name] = /^(?:\/repos)?\/([^/]+)\/([^/]+?)(?:\.git)?\//.exec(path) ?? [];
  const repository = `${owner ?? ''}/${name ?? ''}`;
  const isOfOwner = `${owner?.toLowerCase() ?? ''}/*` === github.toLowerCase();
  return isOfOwner && name !== '*' && repositoryFault(repository) === undefined ? repository : undefined;
}

function allowsPush(repository: string, { deny }: Policy, request: Request): boolean {
  const allow = repositoryEndpoints(repository, true).map((endpoint) =>
    canonicalRule(endpoint, { id: repository, list: 'allow' }),
  );
  return decide({ allow, deny }, request).verdict === 'allow';
}

/** The grant by which the gateway lets the bottle read the repository; undefined if there is none. */
function whatReads(repository: string, policy: Policy): ReturnType<typeof decide>['grant'] {
  const path = `/${repository}/info/refs`;
  return decide(policy, { host: 'github.com', port: 443, scheme: 'https', method: 'GET', path }).grant;
}
