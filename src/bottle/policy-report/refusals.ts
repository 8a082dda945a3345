import type { AuditLine, Scheme } from '../../gateway/config.ts';
import { LEARNED } from '../../gateway/policy/learn.ts';
import { isUnclearRequest, NO_WEBSOCKETS } from '../../gateway/policy/reasons.ts';
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
 * Rules to consider, the most asked for first; one for each host, port and scheme, and one for its WebSockets. Never for what
 * must not be allowed by a suggestion: addresses and names of the private network, hosts that were only seen in malformed
 * requests, what a deny rule of the user's refuses, and what was refused for what was in it; nor for what rules with limits
 * refuse whatever they say.
 */
export async function refusalsIn(
  decisions: AsyncIterable<AuditLine> | Iterable<AuditLine>,
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
  const told = asked.map(toldOf);
  return {
    rules: told.flatMap(({ suggestion }) => suggestion ?? []),
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

const timesOf = (lines: readonly AuditLine[]): number =>
  lines.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);

interface Told {
  readonly suggestion?: Suggestion;
  readonly unsuggested?: Unsuggested;
}

/** A rule for what one can be about; what it cannot be about is told beside it, so that it does not take all of the host. */
function toldOf(group: Group): Told {
  const { host, port, lines } = group;
  const none = (left: readonly AuditLine[], why: string): Told => ({
    unsuggested: { host, port, times: timesOf(left), why },
  });
  const never = whyUnsuggested(group);
  if (never !== undefined) return none(lines, never);
  const refused = lines.filter(isByPolicy);
  const meetable = refused.filter((line) => whyBeyondRules(line) === undefined);
  const beyond = refused.filter((line) => whyBeyondRules(line) !== undefined);
  return {
    ...(meetable.length === 0 ? {} : { suggestion: suggestionOf(group, meetable) }),
    ...(beyond[0] === undefined ? {} : none(beyond, whyBeyondRules(beyond[0]) ?? '')),
  };
}

/** Why no rule with limits allows it; undefined where one may. */
function whyBeyondRules(line: AuditLine): string | undefined {
  if (isUnclearRequest(line.reason)) return line.reason;
  return isSeen(line) ? whyUnnameable(line.path) : undefined;
}

const isSeen = ({ via, path }: AuditLine): boolean => via !== 'dns' && path !== '';

function whyUnsuggested({ host, lines }: Group): string | undefined {
  const never = whyNeverSuggested(host);
  if (never !== undefined) return never;
  // After the name's lookup: the log then says where it leads to.
  const address = lines.find((line) => isByPolicy(line) && line.reason.startsWith(`${host} `));
  if (address !== undefined) return address.reason;
  return lines.some(isByPolicy) ? undefined : `${lines[0]?.reason ?? ''} [${lines[0]?.rule ?? ''}]`;
}

const isByPolicy = ({ rule, findings = [] }: AuditLine): boolean =>
  findings.length === 0 && BY_POLICY.test(rule);

function suggestionOf({ host, port, scheme, isWebSocket }: Group, refused: readonly AuditLine[]): Suggestion {
  const seen = refused.filter(isSeen);
  const methods = [...new Set(seen.map(({ method }) => method))].filter((method) => /^[A-Z-]+$/.test(method));
  const paths = globsFor([...new Set(seen.map(({ path }) => path))]);
  return {
    rule: {
      ...ruleFor({ host, port, scheme }),
      ...(isWebSocket ? { websocket: true as const } : {}),
      ...(methods.length === 0 ? {} : { methods: methods.sort() }),
      ...(paths === undefined ? {} : { paths }),
    },
    times: timesOf(refused),
    reason: refused.every(({ verdict }) => verdict === 'allow')
      ? 'let out, to learn'
      : (refused.find(({ verdict }) => verdict === 'deny')?.reason ?? ''),
  };
}
