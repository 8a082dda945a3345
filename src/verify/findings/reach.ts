import type { Rule } from '../../gateway/config.ts';
import { plainAddress, refusedAddress } from '../../gateway/policy/addresses.ts';
import { decide } from '../../gateway/policy/decide.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import { AGENT_PRESETS, PRESET_NAMES } from '../../manifest/schema/rule-schema.ts';
import type { Found, Severity, Subject } from './finding.ts';

/**
 * What the rules let an attacker do, by the very function that the gateway decides by: so a deny rule or a narrower path that
 * stops an attack takes its finding away too. Each rule is asked alone, because any of them may be the one that lets it out.
 */

/** A request as an attacker would make it. */
export interface Attack {
  readonly host: string;
  readonly method: string;
  readonly path: string;
}

/** A name that is nobody's of the user's: for accounts, buckets and repositories of an attacker. */
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

/** The rules by which an attack goes out to a public host, on its usual ports. */
export const rulesReached = (subject: Subject, attack: Attack): readonly Rule[] =>
  [...new Set(ENDPOINTS.flatMap((endpoint) => rulesReachedAt(subject, attack, endpoint)))].filter(
    (rule) => !isElsewhere(rule),
  );

/** The same, of a host wherever it is. */
export function rulesReachedAt(subject: Subject, attack: Attack, endpoint: Endpoint): readonly Rule[] {
  const { deny } = subject.policy;
  return liveRules(subject).filter(
    (rule) => decide({ allow: [rule], deny }, { ...attack, ...endpoint }).verdict === 'allow',
  );
}

/** A name that is pinned to a private network is not the public host of that name. */
const isElsewhere = (rule: Rule): boolean =>
  rule.addresses !== undefined && rule.addresses.length === privateAddresses(rule).length;

/** The addresses of a rule that no name may lead to unless they are pinned, each with what it is. */
export const privateAddresses = ({
  addresses = [],
}: Rule): readonly (readonly [address: string, why: string])[] =>
  addresses.flatMap((address) => {
    const why = refusedAddress(plainAddress(address), new Set());
    return why === undefined ? [] : [[address, why] as const];
  });

/** For each rule the first of these attacks that goes out by it. */
export function firstReached(subject: Subject, attacks: readonly Attack[]): readonly Reached[] {
  const reached = attacks.flatMap((attack) =>
    rulesReached(subject, attack).map((rule): Reached => ({ rule, attack })),
  );
  return [...new Map(reached.toReversed().map((one) => [one.rule, one])).values()].toReversed();
}

/** Those that let something out: not the ones for SSH, which have kinds of their own, and not what is denied as a whole. */
export function liveRules({ agent, policy }: Subject): readonly Rule[] {
  const ssh = new Set(agent.ssh.map(({ id }) => id));
  return policy.allow.filter((rule) => !ssh.has(rule.id) && !policy.deny.some((deny) => buries(deny, rule)));
}

/** Whether a deny rule leaves nothing of an allow rule. */
const buries = (deny: Rule, rule: Rule): boolean =>
  coversHost(deny.host, rule.host) &&
  (deny.port === 0 || deny.port === rule.port) &&
  (deny.scheme === 'tcp' || deny.scheme === rule.scheme) &&
  deny.methods === undefined &&
  deny.paths === undefined;

/** Where a rule, or an entry of `ssh`, is written. */
const placeOf = ({ agent }: Subject, id: string): string | undefined =>
  [...agent.egress.allow, ...agent.egress.deny, ...agent.ssh].find((written) => written.id === id)?.position;

export interface FoundOf {
  readonly severity: Severity;
  readonly evidence: string;
  readonly remedy: string;
}

/** Something found about a rule; its id stands before the evidence. */
export const foundAt = (subject: Subject, rule: Pick<Rule, 'id'>, found: FoundOf): Found => ({
  ...found,
  evidence: `${rule.id}: ${found.evidence}`,
  place: placeOf(subject, rule.id),
});

/** How an attack is shown. */
export const shown = ({ method, host, path }: Attack): string => `${method} ${host}${path}`;

/** A rule for a host, in the manifest's words. */
export const ruleLine = (host: string, keys: readonly string[]): string =>
  lineOf(`host: ${host.startsWith('*') ? `"${host}"` : host}`, keys);

/** The same rule again, with other keys: one of a preset stays one. */
export function sameRule({ id, host }: Pick<Rule, 'id' | 'host'>, keys: readonly string[]): string {
  const preset = /\] ([a-z]+)$/.exec(id)?.[1] ?? '';
  return !PRESETS.has(preset) ? ruleLine(host, keys) : lineOf(`preset: ${preset}`, keys);
}

const PRESETS: ReadonlySet<string> = new Set([...PRESET_NAMES, ...AGENT_PRESETS]);

const lineOf = (target: string, keys: readonly string[]): string => `- { ${[target, ...keys].join(', ')} }`;
