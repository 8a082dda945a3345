import { withoutQuery } from '../../gateway/audit/line.ts';
import type { AuditLine, Scheme } from '../../gateway/config.ts';
import { LEARNED } from '../../gateway/policy/learn.ts';
import type { Request } from '../../gateway/policy/decide.ts';
import { isUnclearRequest, NO_WEBSOCKETS } from '../../gateway/policy/reasons.ts';
import { besideRulesOf, type Beside } from './beside.ts';
import { NO_RULES, type KnownRules } from './known-rules.ts';
import { globsFor, whyUnnameable } from './path-globs.ts';
import { ruleFor, whyNeverSuggested, type SuggestedRule } from './suggested-rule.ts';

/**
 * Turns a bottle's refusals, and what it was let out to learn, into rules to consider. The agent chose the hosts, paths
 * and methods in them.
 */

export interface Suggestion {
  readonly rule: SuggestedRule;
  /** Number of requests. */
  readonly times: number;
  /** Reason of the first refusal, or that the request was let out to learn. */
  readonly reason: string;
}

/** Refused requests for which no rule is suggested. */
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

/** Rules of refusals for lack of permission: no rule matched, or an allow rule only came near. */
const BY_POLICY = /^default$|^learn$|(?:^|[.])egress\.allow\[|^ssh\[/;

/** Hosts that the launch checks request, to see them refused. */
const RESERVED = /\.invalid$/;

/**
 * DNS types that lead to a host, unlike those for address names or services. HTTPS (RFC 9460) has no name in the log.
 */
const FOR_HOSTS = new Set(['A', 'AAAA', 'TYPE65']);

const isAside = (line: AuditLine): boolean =>
  RESERVED.test(line.host) || (line.via === 'dns' && !FOR_HOSTS.has(line.method) && isByPolicy(line));

interface Group {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** A rule refused these requests for being WebSockets; other requests need no such rule. */
  readonly isWebSocket: boolean;
  readonly lines: AuditLine[];
}

/**
 * Rules to consider, most requested first: for each host, port and scheme, one for the paths that were requested with
 * the same methods, and one for WebSockets. Never suggests a rule for what must not be allowed by a suggestion:
 * addresses and names of the private network, hosts that appear only in malformed requests, requests that a deny rule
 * of the user refuses, requests refused for their content, and requests that no limited rule can allow. `known`: the
 * bottle's existing rules.
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

/** Maximum number of lines per group, because an agent can send any number of requests. */
const MOST_LINES = 10_000;

/** Port and scheme, as far as known: after a mere lookup any port is possible, and 443 is the likeliest. */
function groupOf({ via, host, port, path, tls, reason }: AuditLine): Group {
  const isWebSocket = reason === NO_WEBSOCKETS;
  if (via === 'dns') return { host, port: 443, scheme: 'https', isWebSocket, lines: [] };
  const isPlainInTunnel = via === 'connect' && tls === undefined && (port === 80 || path !== '');
  const isPlain = via === 'http' || via === 'proxy' || isPlainInTunnel;
  return { host, port, scheme: isPlain ? 'http' : 'https', isWebSocket, lines: [] };
}

/** Drops a lookup if a request to the same host followed: it needs no separate rule. */
function withoutBareNames(groups: readonly Group[]): Group[] {
  const isBare = ({ lines }: Group): boolean => lines.every(({ via }) => via === 'dns');
  const asked = new Set(groups.filter((group) => !isBare(group)).map(({ host }) => host));
  return groups.filter((group) => !isBare(group) || !asked.has(group.host));
}

/** A line with `repeats` stands for requests without a line, and does not count itself. */
const timesOf = (lines: readonly AuditLine[]): number =>
  lines.reduce((sum, { repeats = 1 }) => sum + repeats, 0);

/** Merges equal rules, which two hosts of one forge can produce. */
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

/** A refusal that a rule could have prevented, with the other rules that affect it. */
interface Meetable {
  readonly line: AuditLine;
  readonly beside: Beside;
}

/** Suggests rules where possible, and reports the rest separately, so that no suggestion covers the whole host. */
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
  // The agent chose these paths; a rule for all of them would cover the whole host.
  for (const { line } of asked.filter(isTooWide).flat()) beyond.push({ line, why: TOO_WIDE });
  const left = beyond.map(({ line }) => line);
  return {
    suggestions: suggested.map((meetable) => suggestionOf(group, meetable)),
    ...(beyond[0] === undefined ? {} : none(left, beyond[0].why)),
  };
}

const TOO_WIDE =
  'so many paths with nothing in common were asked for that a rule for them would be one for all of the host';

/** Whether the requested paths need too many globs for a rule that lists paths. */
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

/** The request in the form that the policy judges. */
function requestOf({ host, port, scheme, isWebSocket }: Group, line: AuditLine): Request {
  const { method, path } = line;
  return { host, port, scheme, isWebSocket, ...(isSeen(line) ? { method, path } : {}) };
}

/** Why no limited rule can allow the request; undefined if one may. */
function whyBeyondRules(line: AuditLine): string | undefined {
  if (isUnclearRequest(line.reason)) return line.reason;
  return isSeen(line) ? whyUnnameable(line.path) : undefined;
}

const isSeen = ({ via, path }: AuditLine): boolean => via !== 'dns' && path !== '';

function whyUnsuggested({ host, lines }: Group): string | undefined {
  // First: a malformed request may name any host, so nothing more is known about it.
  if (!lines.some(isByPolicy)) return `${lines[0]?.reason ?? ''} [${lines[0]?.rule ?? ''}]`;
  const never = whyNeverSuggested(host);
  if (never !== undefined) return never;
  // Requests after the lookup: the log shows the address behind the name.
  const address = lines.find((line) => isByPolicy(line) && line.reason.startsWith(`${host} `));
  return address?.reason;
}

const isByPolicy = ({ rule, findings = [] }: AuditLine): boolean =>
  findings.length === 0 && BY_POLICY.test(rule);

/** Groups paths by their methods: one rule for all would allow each method on each path. */
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
  // Requests without a path join the first group.
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
