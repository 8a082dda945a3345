import type { Entry, Outcome } from './audit/line.ts';
import type { AuditLog, Logged } from './audit/log.ts';
import type { Allowance, Budget, Spent } from './budget/budget.ts';
import { RuleBudgets } from './budget/rule-budgets.ts';
import type { AuditLine, GatewayConfig, Policy, Rule, Scheme, UpstreamProxy } from './config.ts';
import type { LivePolicy } from './live-policy.ts';
import type { Lookup } from './outward/lookup.ts';
import type { Stand } from './standing.ts';
import { mayFollowContent, opensTls } from './policy/decide.ts';
import { findingsInHost, HOST_TELLS, type InspectHost } from './screen/host.ts';
import { WITHHELD, withholding, type Tell } from './screen/withhold.ts';
import { bypassesProxy } from './outward/upstreamProxy.ts';

/**
 * The one way out: policy, then lookup, then address check, then the line in the log, and only then a route.
 * Every protocol comes through here; none dials by itself.
 */

/** What a client wants, in canonical spelling. */
export interface Asked {
  readonly via: AuditLine['via'];
  readonly host: string;
  readonly port: number;
  /** Undefined until the client has shown what it speaks. */
  readonly scheme?: Scheme | undefined;
  readonly method: string;
  readonly path: string;
  /** Whether method and path are those of a request; not so in a tunnel that nobody looks into. */
  readonly isRequest?: boolean;
  /** Whether content comes with the request. */
  readonly hasBody?: boolean;
  /** Whether it is to become a WebSocket. */
  readonly isWebSocket?: boolean;
  /** Whether it asks to be taken for another method or path. */
  readonly isOverridden?: boolean;
  /** What headers of it name as a second path. */
  readonly secondPaths?: readonly string[];
}

export interface Refusal {
  readonly verdict: 'deny';
  readonly kind: 'policy' | 'protocol' | 'content' | 'address' | 'lookup' | 'budget' | 'audit';
  readonly rule: string;
  readonly reason: string;
}

/** Where to dial: exactly these addresses, or a company proxy that is given the name. */
export type Route =
  | { readonly kind: 'direct'; readonly addresses: readonly string[] }
  | { readonly kind: 'proxy'; readonly proxy: UpstreamProxy };

/** Allowed and with a route, but not yet in the log. */
export interface Judged {
  readonly verdict: 'allow';
  readonly asked: Asked;
  readonly rule: string;
  readonly grant: Rule;
  readonly route: Route;
  /** The one that it was judged by; there may be another by now. */
  readonly policy: Policy;
}

/** In the log: may be dialled. */
export interface Passage {
  readonly verdict: 'pass';
  readonly asked: Asked;
  /** The rule that lets it out. */
  readonly grant: Rule;
  /** See policy/decide.ts. */
  readonly mayFollowContent: boolean;
  /** The host may know a secret of this bottle's, lent by this rule or another, now or before. */
  readonly isLent: boolean;
  readonly route: Route;
  /** What passes is counted here. */
  readonly budget: Allowance;
  /** Writes the `end` line; once. */
  readonly end: (outcome: Outcome) => void;
  /** Tells when it may not go on. */
  readonly stand: Pick<Stand, 'revoked' | 'whenRevoked'>;
}

export interface Gate {
  /** The verdict on what is known so far; a promise where it needs a lookup. A refusal is in the log by then. */
  judge(asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal>;
  /** Whether bytes may go to this host and port unseen. */
  allowsRaw(asked: Asked): boolean;
  /** Whether TLS with this host and port is opened here. */
  opensTls(host: string, port: number): boolean;
  /** A connection inside which each request is judged by itself: broken off when none could be allowed. Gives how to leave. */
  attend(asked: Asked, breakOff: () => void): () => void;
  /** Writes the line that lets it out, which is on disk when this settles; a refusal when it cannot be written. */
  open(judged: Judged, seen?: Seen): Promise<Passage | Refusal>;
  /** Logs a refusal that the protocol itself gives cause for. */
  refuse(asked: Asked, rule: string, reason: string): Refusal;
  /** Logs a refusal for what is in a request. */
  block(asked: Asked, found: Found): Refusal;
  /** Logs a refusal for a limit that is used up. */
  exhausted(asked: Asked, spent: Spent): Refusal;
}

/** What a request was refused for, or let out with. */
export interface Found {
  readonly rule: string;
  readonly reason: string;
  readonly findings: AuditLine['findings'];
}

/** What the log is told besides. */
export type Seen = Pick<AuditLine, 'tls' | 'findings'>;

export interface GateParts {
  readonly config: Pick<GatewayConfig, 'upstreamProxy'>;
  readonly policy: LivePolicy;
  readonly audit: AuditLog;
  readonly lookup: Lookup;
  readonly budget: Budget;
  /** What a name gives away by itself: it is told to resolvers, before anything is sent. */
  readonly inspectHost: InspectHost;
  /** What the line of a refusal would give away. */
  readonly tell: Tell;
  /** Whether all launch checks have held: an image's own shell may run before that. */
  readonly isOpen: () => boolean;
}

const NOTHING_SEEN: Seen = {};

const NOT_YET = {
  kind: 'protocol',
  rule: 'gateway.closed',
  reason: 'the launch checks of this bottle have not all held yet',
} as const;

/** The one place where policy, lookup and log come together: nothing is dialled without a `Passage` of its. */
export function createGate(parts: GateParts): Gate {
  const { config, policy, audit, lookup, budget, isOpen } = parts;
  const budgets = new RuleBudgets(budget);
  const deny = (asked: Asked, refusal: Omit<Refusal, 'verdict'>, seen?: Seen): Refusal => {
    const entry = entryOf(asked, { verdict: 'deny', rule: refusal.rule, reason: refusal.reason }, seen);
    audit.decision(withholding(entry, parts.tell));
    return { verdict: 'deny', ...refusal };
  };

  const exhausted = (asked: Asked, { rule, reason }: Spent): Refusal =>
    deny(asked, { kind: 'budget', rule, reason });

  const judge = (asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal> => {
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    if (!isOpen()) return deny(asked, NOT_YET);
    const decision = policy.decide(asked);
    const { rule, reason, grant } = decision;
    if (grant === undefined) return deny(asked, { kind: 'policy', rule, reason });
    // Which rule it will go by is not known before it is seen what is spoken.
    const spent = (asked.scheme === undefined ? budget : budgets.of(grant)).spent();
    if (spent !== undefined) return exhausted(asked, spent);
    const findings = earlier === undefined ? findingsInHost(asked.host, grant, parts.inspectHost) : [];
    if (findings.length > 0) return deny(asked, { kind: 'content', ...HOST_TELLS }, { findings });
    const route = earlier?.grant === grant ? earlier.route : routeWithoutLookup(asked.host, grant, config);
    return route === undefined
      ? lookUp(asked, grant)
      : { verdict: 'allow', asked, rule, grant, route, policy: policy.current() };
  };

  const lookUp = async (asked: Asked, grant: Rule): Promise<Judged | Refusal> => {
    const { host } = asked;
    const rule = grant.id;
    const judgedBy = policy.current();
    const found = await lookup(host);
    if ('refused' in found)
      return deny(asked, { kind: found.kind, rule, reason: `${host} ${found.refused}` });
    const { addresses } = found;
    const proxy = proxyFor(host, config);
    const route: Route = proxy === undefined ? { kind: 'direct', addresses } : { kind: 'proxy', proxy };
    return { verdict: 'allow', asked, rule, grant, route, policy: judgedBy };
  };

  const open = async (judged: Judged, seen?: Seen): Promise<Passage | Refusal> => {
    const { asked, rule, grant } = judged;
    const changed = policy.whyNotNow(judged);
    if (changed !== undefined) return deny(asked, { kind: 'policy', rule, reason: changed });
    const allowance = budgets.of(grant);
    const spent = allowance.admit();
    if (spent !== undefined) return exhausted(asked, spent);
    return await letOut(judged, { audit, policy, budget: allowance }, seen);
  };

  return {
    judge,
    open,
    exhausted,
    allowsRaw: (asked) => policy.allowsRaw(asked),
    attend: (asked, breakOff) => policy.attend(asked, breakOff),
    opensTls: (host, port) => opensTls(policy.current(), host, port),
    refuse: (asked, rule, reason) => deny(asked, { kind: 'protocol', rule, reason }),
    block: (asked, { rule, reason, findings }) =>
      deny(asked, { kind: 'content', rule, reason }, { findings }),
  };
}

interface LetOutParts extends Pick<GateParts, 'audit' | 'policy'> {
  readonly budget: Allowance;
}

/** Once its line is on disk. */
async function letOut(
  judged: Judged,
  { audit, policy, budget }: LetOutParts,
  seen: Seen | undefined,
): Promise<Passage | Refusal> {
  const { asked, rule, route } = judged;
  // From here on another policy breaks it off, also while its line is written.
  const stand = policy.stand(judged);
  const entry = entryOf(asked, { verdict: 'allow', rule, reason: describeRoute(route) }, seen);
  const logged = await audit.allowance(entry);
  if (logged !== undefined) return passageOf(judged, { logged, audit, policy, budget, stand });
  stand.leave();
  return auditRefusal(audit.unwritable() ?? 'it could not be written');
}

interface Opened extends LetOutParts {
  readonly logged: Logged;
  readonly stand: Stand;
}

function passageOf(judged: Judged, { logged, audit, policy, budget, stand }: Opened): Passage {
  const { asked, grant, route } = judged;
  let ended = false;
  const end = (outcome: Outcome): void => {
    if (ended) return;
    ended = true;
    stand.leave();
    audit.end(logged, outcome);
  };
  const mayFollow = mayFollowContent(policy.current(), grant, asked.host);
  const { isLent } = stand;
  return { verdict: 'pass', asked, grant, mayFollowContent: mayFollow, isLent, route, budget, end, stand };
}

function entryOf(
  { via, host, port, method, path }: Asked,
  { verdict, rule, reason }: Pick<Entry, 'verdict' | 'rule' | 'reason'>,
  seen: Seen | undefined,
): Entry {
  const { tls, findings } = seen ?? NOTHING_SEEN;
  if (findings === undefined || findings.length === 0)
    return { verdict, rule, via, host, port, method, path, reason, tls, findings };
  // The log never holds what was found: neither where the path or the name of the host was the carrier.
  const shown = {
    host: carries(findings, 'host') ? WITHHELD : host,
    path: mayBeInPath(findings) ? WITHHELD : path,
  };
  return { verdict, rule, via, ...shown, port, method, reason, tls, findings };
}

function carries(findings: NonNullable<Seen['findings']>, place: string): boolean {
  return findings.some(({ where }) => where === place);
}

/** Pieces of several places are told as `headers`. */
function mayBeInPath(findings: NonNullable<Seen['findings']>): boolean {
  return carries(findings, 'url') || carries(findings, 'headers');
}

type RouteConfig = GateParts['config'];

/** Behind a company proxy, names are the proxy's to look up: this host often cannot. Addresses are still judged here. */
function routeWithoutLookup(host: string, { addresses }: Rule, config: RouteConfig): Route | undefined {
  if (addresses !== undefined) return { kind: 'direct', addresses };
  const isAddress = host.includes(':') || /^[0-9.]+$/.test(host);
  const proxy = isAddress ? undefined : proxyFor(host, config);
  return proxy === undefined ? undefined : { kind: 'proxy', proxy };
}

function proxyFor(host: string, { upstreamProxy }: RouteConfig): UpstreamProxy | undefined {
  return upstreamProxy === undefined || bypassesProxy(upstreamProxy, host) ? undefined : upstreamProxy;
}

function describeRoute(route: Route): string {
  return route.kind === 'direct'
    ? `to ${route.addresses.join(', ')}`
    : `through ${route.proxy.host}:${route.proxy.port}`;
}

function auditRefusal(why: string): Refusal {
  return {
    verdict: 'deny',
    kind: 'audit',
    rule: 'gateway.audit',
    reason: `the audit log cannot be written: ${why}`,
  };
}
