import type { AuditLine, Scheme } from '../../gateway/config.ts';
import { LEARNED } from '../../gateway/policy/learn.ts';
import { globsFor } from './path-globs.ts';
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

interface Group {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  readonly lines: AuditLine[];
}

/**
 * Rules to consider, the most asked for first; one for each host, port and scheme. Never for what must not be allowed by a
 * suggestion: addresses and names of the private network, hosts that were only seen in malformed requests, what a deny rule
 * of the user's refuses, and what was refused for what was in it.
 */
export async function refusalsIn(
  decisions: AsyncIterable<AuditLine> | Iterable<AuditLine>,
): Promise<Refusals> {
  const groups = new Map<string, Group>();
  for await (const line of decisions) {
    if ((line.verdict !== 'deny' && line.rule !== LEARNED) || RESERVED.test(line.host)) continue;
    const group = groupOf(line);
    const key = `${group.host} ${group.port} ${group.scheme}`;
    const known = groups.get(key) ?? group;
    groups.set(key, known);
    if (known.lines.length < MOST_LINES) known.lines.push(line);
  }
  const asked = withoutBareNames([...groups.values()]).sort((a, b) => timesOf(b.lines) - timesOf(a.lines));
  const judged = asked.map((group) => ({ group, why: whyUnsuggested(group) }));
  return {
    rules: judged.filter(({ why }) => why === undefined).map(({ group }) => suggestionOf(group)),
    unsuggested: judged.flatMap(({ group: { host, port, lines }, why }) =>
      why === undefined ? [] : [{ host, port, times: timesOf(lines), why }],
    ),
  };
}

/** Of each group; an agent can ask for as much as it likes. */
const MOST_LINES = 10_000;

/** Port and scheme as they can be told: a name that was only looked up may be meant for any, 443 is likeliest. */
function groupOf({ via, host, port, path, tls }: AuditLine): Group {
  if (via === 'dns') return { host, port: 443, scheme: 'https', lines: [] };
  const isPlainInTunnel = via === 'connect' && tls === undefined && (port === 80 || path !== '');
  const isPlain = via === 'http' || via === 'proxy' || isPlainInTunnel;
  return { host, port, scheme: isPlain ? 'http' : 'https', lines: [] };
}

/** A name that was looked up and then asked for needs no rule of its own. */
function withoutBareNames(groups: readonly Group[]): Group[] {
  const isBare = ({ lines }: Group): boolean => lines.every(({ via }) => via === 'dns');
  const asked = new Set(groups.filter((group) => !isBare(group)).map(({ host }) => host));
  return groups.filter((group) => !isBare(group) || !asked.has(group.host));
}

const timesOf = (lines: readonly AuditLine[]): number =>
  lines.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);

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

function suggestionOf({ host, port, scheme, lines }: Group): Suggestion {
  const refused = lines.filter(isByPolicy);
  const seen = refused.filter(({ via, path }) => via !== 'dns' && path !== '');
  const methods = [...new Set(seen.map(({ method }) => method))].filter((method) => /^[A-Z-]+$/.test(method));
  const paths = globsFor([...new Set(seen.map(({ path }) => path))]);
  return {
    rule: {
      ...ruleFor({ host, port, scheme }),
      ...(methods.length === 0 ? {} : { methods: methods.sort() }),
      ...(paths === undefined ? {} : { paths }),
    },
    times: timesOf(refused),
    reason: refused.every(({ verdict }) => verdict === 'allow')
      ? 'let out, to learn'
      : (refused.find(({ verdict }) => verdict === 'deny')?.reason ?? ''),
  };
}
