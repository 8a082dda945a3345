import type { Rule } from '../../gateway/config.ts';
import { plainAddress, refusedAddress } from '../../gateway/policy/addresses.ts';
import { decide } from '../../gateway/policy/decide.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import { AGENT_PRESETS, PRESET_NAMES } from '../../manifest/schema/rule-schema.ts';
import type { Found, Severity, Subject } from './finding.ts';

/**
 * Decides what the rules let an attacker do, with the gateway's own decision function: a deny rule or narrower path
 * that stops an attack also removes its finding. Asks each rule alone, because any rule may allow the attack.
 */

/** An attacker's request. */
export interface Attack {
  readonly host: string;
  readonly method: string;
  readonly path: string;
}

/** A name that the user does not own: for an attacker's accounts, buckets and repositories. */
export const ATTACKER = 'attacker-7f3a';

export interface Reached {
  readonly rule: Rule;
  readonly attack: Attack;
}

const ENDPOINTS = [
  { scheme: 'https', port: 443 },
  { scheme: 'http', port: 80 },
] as const;

type Endpoint = { readonly scheme: 'https' | 'http'; readonly port: number };

/** Returns the rules that allow an attack to reach a public host, on its usual ports. */
export const rulesReached = (subject: Subject, attack: Attack): readonly Rule[] =>
  [...new Set(ENDPOINTS.flatMap((endpoint) => rulesReachedAt(subject, attack, endpoint)))].filter(
    (rule) => !isElsewhere(rule),
  );

/** Returns the rules that allow an attack on this endpoint, wherever the host is. */
export function rulesReachedAt(subject: Subject, attack: Attack, endpoint: Endpoint): readonly Rule[] {
  const { deny } = subject.policy;
  return liveRules(subject).filter(
    (rule) => decide({ allow: [rule], deny }, { ...attack, ...endpoint }).verdict === 'allow',
  );
}

/** Returns whether all addresses are private: a name pinned to those is not the public host of that name. */
const isElsewhere = (rule: Rule): boolean =>
  rule.addresses !== undefined && rule.addresses.length === privateAddresses(rule).length;

/** Returns the rule's addresses that the gateway refuses unless they are pinned, each with its class. */
export const privateAddresses = ({
  addresses = [],
}: Rule): readonly (readonly [address: string, why: string])[] =>
  addresses.flatMap((address) => {
    const why = refusedAddress(plainAddress(address), new Set());
    return why === undefined ? [] : [[address, why] as const];
  });

/** Returns, for each rule, the first of these attacks that it allows. */
export function firstReached(subject: Subject, attacks: readonly Attack[]): readonly Reached[] {
  const reached = attacks.flatMap((attack) =>
    rulesReached(subject, attack).map((rule): Reached => ({ rule, attack })),
  );
  return [...new Map(reached.toReversed().map((one) => [one.rule, one])).values()].toReversed();
}

/**
 * Returns the rules that allow something: excludes SSH rules, which have separate kinds, and rules that a deny rule
 * covers entirely.
 */
export function liveRules({ agent, policy }: Subject): readonly Rule[] {
  const ssh = new Set(agent.ssh.map(({ id }) => id));
  return policy.allow.filter((rule) => !ssh.has(rule.id) && !policy.deny.some((deny) => buries(deny, rule)));
}

/** Returns whether a deny rule covers an allow rule entirely. */
const buries = (deny: Rule, rule: Rule): boolean =>
  coversHost(deny.host, rule.host) &&
  (deny.port === 0 || deny.port === rule.port) &&
  (deny.scheme === 'tcp' || deny.scheme === rule.scheme) &&
  deny.methods === undefined &&
  deny.paths === undefined;

/** Returns the position of a rule, or of an entry of `ssh`. */
const placeOf = ({ agent }: Subject, id: string): string | undefined =>
  [...agent.egress.allow, ...agent.egress.deny, ...agent.ssh].find((written) => written.id === id)?.position;

export interface FoundOf {
  readonly severity: Severity;
  readonly evidence: string;
  readonly remedy: string;
}

/** Returns a finding about a rule, with the rule's id before the evidence. */
export const foundAt = (subject: Subject, rule: Pick<Rule, 'id'>, found: FoundOf): Found => ({
  ...found,
  evidence: `${rule.id}: ${found.evidence}`,
  place: placeOf(subject, rule.id),
});

/** Formats an attack for a report. */
export const shown = ({ method, host, path }: Attack): string => `${method} ${host}${path}`;

/** Returns a rule for a host, as a manifest line. */
export const ruleLine = (host: string, keys: readonly string[]): string =>
  lineOf(`host: ${host.startsWith('*') ? `"${host}"` : host}`, keys);

/** Returns the same rule with other keys, as a manifest line; a preset's rule stays one of the preset. */
export function sameRule({ id, host }: Pick<Rule, 'id' | 'host'>, keys: readonly string[]): string {
  const preset = /\] ([a-z]+)$/.exec(id)?.[1] ?? '';
  return !PRESETS.has(preset) ? ruleLine(host, keys) : lineOf(`preset: ${preset}`, keys);
}

const PRESETS: ReadonlySet<string> = new Set([...PRESET_NAMES, ...AGENT_PRESETS]);

const lineOf = (target: string, keys: readonly string[]): string => `- { ${[target, ...keys].join(', ')} }`;
