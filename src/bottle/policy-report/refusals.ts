import { withoutQuery } from '../../gateway/audit/line.ts';
import type { AuditLine, Scheme } from '../../gateway/config.ts';
import { LEARNED } from '../../gateway/policy/learn.ts';
import type { Request } from '../../gateway/policy/decide.ts';
import { isUnclearRequest, NO_WEBSOCKETS } from '../../gateway/policy/reasons.ts';
import { besideRulesOf, type Beside } from './beside.ts';
import { NO_RULES, type KnownRules } from './known-rules.ts';
import { globsFor, whyUnnameable } from './path-globs.ts';
import { ruleFor, whyNeverSuggested, type SuggestedRule } from './suggested-rule.ts';

/** From what a bottle was refused, or let out to learn, to rules to consider. Hosts, paths and methods in it are what the agent chose to send. */

export interface Suggestion {
  readonly rule: SuggestedRule;
  /** How often it was asked for. */
  readonly times: number;
  /** Why it was refused, the first time; or that it was let out to learn. */
  readonly reason: string;
}

/** What was refused, and no rule is suggested for. */
export interface Unsuggested {
  readonly host: string;
  readonly port: number;
  readonly times: number;
  readonly why: string;
}

export interface Refusals {
  readonly rules: readonly Suggestion[];
  readonly unsuggested: readonly Unsuggested[];
}

/** Refused because nothing allows it: by no rule, or beside an allow rule that came near. */
const BY_POLICY = /^default$|^learn$|(?:^|[.])egress\.allow\[|^ssh\[/;

/** What the launch checks ask for, to see it refused. */
const RESERVED = /\.invalid$/;

/** Questions that are no way to a host: for the name of an address, for services. HTTPS (RFC 9460) has no name in the log. */
const FOR_HOSTS = new Set(['A', 'AAAA', 'TYPE65']);

const isAside = (line: AuditLine): boolean =>
  RESERVED.test(line.host) || (line.via === 'dns' && !FOR_HOSTS.has(line.method) && isByPolicy(line));

interface Group {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** Refused as such by a rule: what else was asked for needs none. */
  readonly isWebSocket: boolean;
  readonly lines: AuditLine[];
}

/**
 * Rules to consider, the most asked for first; for each host, port and scheme one for the paths that were asked for with the same
 * methods, and for its WebSockets. Never for what
 * must not be allowed by a suggestion: addresses and names of the private network, hosts that were only seen in malformed
 * requests, what a deny rule of the user's refuses, and what was refused for what was in it; nor for what rules with limits
 * refuse whatever they say. `known`: the bottle's, beside which they would stand.
 */
export async function refusalsIn(
  decisions: AsyncIterable<AuditLine> | Iterable<AuditLine>,
  known: KnownRules = NO_RULES,
): Promise<Refusals> {
  const groups = new Map<string, Group>();
  for await (const line of decisions) {
    if ((line.verdict !== 'deny' && line.rule !== LEARNED) || isAside(line)) continue;
    const group = groupOf(line);
    const key = `${group.host} ${group.port} ${group.scheme} ${group.isWebSocket}`;
    const known = groups.get(key) ?? group;
    groups.set(key, known);
    if (known.lines.length < MOST_LINES) known.lines.push(line);
  }
  const asked = withoutBareNames([...groups.values()]).sort((a, b) => timesOf(b.lines) - timesOf(a.lines));
  const told = asked.map((group) => toldOf(group, known));
  return {
    rules: withoutTwins(told.flatMap(({ suggestions = [] }) => suggestions)),
    unsuggested: told.flatMap(({ unsuggested }) => unsuggested ?? []),
  };
}

/** Of each group; an agent can ask for as much as it likes. */
const MOST_LINES = 10_000;

/** Port and scheme as they can be told: a name that was only looked up may be meant for any, 443 is likeliest. */
function groupOf({ via, host, port, path, tls, reason }: AuditLine): Group {
  const isWebSocket = reason === NO_WEBSOCKETS;
  if (via === 'dns') return { host, port: 443, scheme: 'https', isWebSocket, lines: [] };
  const isPlainInTunnel = via === 'connect' && tls === undefined && (port === 80 || path !== '');
  const isPlain = via === 'http' || via === 'proxy' || isPlainInTunnel;
  return { host, port, scheme: isPlain ? 'http' : 'https', isWebSocket, lines: [] };
}

/** A name that was looked up and then asked for needs no rule of its own. */
function withoutBareNames(groups: readonly Group[]): Group[] {
  const isBare = ({ lines }: Group): boolean => lines.every(({ via }) => via === 'dns');
  const asked = new Set(groups.filter((group) => !isBare(group)).map(({ host }) => host));
  return groups.filter((group) => !isBare(group) || !asked.has(group.host));
}

/** A line with a number stands for those that have none of their own, itself not among them. */
const timesOf = (lines: readonly AuditLine[]): number =>
  lines.reduce((sum, { repeats = 1 }) => sum + repeats, 0);

/** Of two hosts of a forge the same rule can be suggested. */
function withoutTwins(suggestions: readonly Suggestion[]): Suggestion[] {
  const told = new Map<string, Suggestion>();
  for (const one of suggestions) {
    const key = JSON.stringify(one.rule);
    const twin = told.get(key);
    told.set(key, twin === undefined ? one : { ...twin, times: twin.times + one.times });
  }
  return [...told.values()].sort((a, b) => b.times - a.times);
}

interface Told {
  readonly suggestions?: readonly Suggestion[];
  readonly unsuggested?: Unsuggested;
}

/** A line that a rule by itself could have let out, with what else has a say in that rule. */
interface Meetable {
  readonly line: AuditLine;
  readonly beside: Beside;
}

/** Rules for what they can be about; what they cannot be about is told beside them, so that it does not take all of the host. */
function toldOf(group: Group, known: KnownRules): Told {
  const { host, port, lines } = group;
  const none = (left: readonly AuditLine[], why: string): Told => ({
    unsuggested: { host, port, times: timesOf(left), why },
  });
  const never = whyUnsuggested(group);
  if (never !== undefined) return none(lines, never);
  const beyond: { readonly line: AuditLine; readonly why: string }[] = [];
  const byRule = new Map<string, Meetable[]>();
  for (const line of lines.filter(isByPolicy)) {
    const beside = besideRulesOf(known, requestOf(group, line));
    const why = whyBeyondRules(line) ?? beside.never;
    if (why !== undefined) beyond.push({ line, why });
    else listUnder(byRule, JSON.stringify([beside.instead, beside.kept]), { line, beside });
  }
  const asked = [...byRule.values()].flatMap(byMethods);
  const suggested = asked.filter((meetable) => !isTooWide(meetable));
  // As it comes from the agent, a rule for all of it would be one for all of the host.
  for (const { line } of asked.filter(isTooWide).flat()) beyond.push({ line, why: TOO_WIDE });
  const left = beyond.map(({ line }) => line);
  return {
    suggestions: suggested.map((meetable) => suggestionOf(group, meetable)),
    ...(beyond[0] === undefined ? {} : none(left, beyond[0].why)),
  };
}

const TOO_WIDE =
  'so many paths with nothing in common were asked for that a rule for them would be one for all of the host';

/** Whether paths were asked for that no few globs can name, and the rule is to say which. */
function isTooWide(meetable: readonly Meetable[]): boolean {
  const seen = meetable.filter(({ line, beside }) => beside.instead === undefined && isSeen(line));
  return seen.length > 0 && globsFor(pathsOf(seen.map(({ line }) => line))) === undefined;
}

const pathsOf = (lines: readonly AuditLine[]): readonly string[] => [
  ...new Set(lines.map(({ path }) => path)),
];

function listUnder<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** As the policy is asked about it. */
function requestOf({ host, port, scheme, isWebSocket }: Group, line: AuditLine): Request {
  const { method, path } = line;
  return { host, port, scheme, isWebSocket, ...(isSeen(line) ? { method, path } : {}) };
}

/** Why no rule with limits allows it; undefined where one may. */
function whyBeyondRules(line: AuditLine): string | undefined {
  if (isUnclearRequest(line.reason)) return line.reason;
  return isSeen(line) ? whyUnnameable(line.path) : undefined;
}

const isSeen = ({ via, path }: AuditLine): boolean => via !== 'dns' && path !== '';

function whyUnsuggested({ host, lines }: Group): string | undefined {
  // First: what is not HTTP as it should be names its host in any way, of which nothing else is to be said.
  if (!lines.some(isByPolicy)) return `${lines[0]?.reason ?? ''} [${lines[0]?.rule ?? ''}]`;
  const never = whyNeverSuggested(host);
  if (never !== undefined) return never;
  // After the name's lookup: the log then says where it leads to.
  const address = lines.find((line) => isByPolicy(line) && line.reason.startsWith(`${host} `));
  return address?.reason;
}

const isByPolicy = ({ rule, findings = [] }: AuditLine): boolean =>
  findings.length === 0 && BY_POLICY.test(rule);

/** Paths that were asked for with the same methods: in one rule with others, each method would be allowed on each path. */
function byMethods(meetable: readonly Meetable[]): readonly (readonly Meetable[])[] {
  const seen = meetable.filter(({ line, beside }) => beside.instead === undefined && isSeen(line));
  const methods = new Map<string, Set<string>>();
  for (const { line } of seen) {
    const path = withoutQuery(line.path);
    methods.set(path, (methods.get(path) ?? new Set<string>()).add(line.method));
  }
  const parts = new Map<string, Meetable[]>();
  for (const one of seen) {
    const all = [...(methods.get(withoutQuery(one.line.path)) ?? [])];
    listUnder(parts, all.sort().join(' '), one);
  }
  const [first = [], ...others] = parts.values();
  // What named no path is told with the first.
  const bare = meetable.filter((one) => !seen.includes(one));
  return [[...first, ...bare], ...others];
}

function suggestionOf(group: Group, meetable: readonly Meetable[]): Suggestion {
  const refused = meetable.map(({ line }) => line);
  return {
    rule: meetable[0]?.beside.instead ?? ruleOf(group, refused, meetable[0]?.beside.kept),
    times: timesOf(refused),
    reason: refused.every(({ verdict }) => verdict === 'allow')
      ? 'let out, to learn'
      : (refused.find(({ verdict }) => verdict === 'deny')?.reason ?? ''),
  };
}

function ruleOf(
  { host, port, scheme, isWebSocket }: Group,
  refused: readonly AuditLine[],
  kept: Beside['kept'] = {},
): SuggestedRule {
  const seen = refused.filter(isSeen);
  const methods = [...new Set(seen.map(({ method }) => method))].filter((method) => /^[A-Z-]+$/.test(method));
  const paths = globsFor(pathsOf(seen));
  return {
    ...ruleFor({ host, port, scheme }),
    ...(isWebSocket ? { websocket: true as const } : {}),
    ...(methods.length === 0 ? {} : { methods: methods.sort() }),
    ...(paths === undefined ? {} : { paths }),
    ...kept,
  };
}
