import type { Outcome } from '../audit/line.ts';
import type { AuditLog, Logged } from '../audit/log.ts';
import type { Allowance, Budget, Spent } from '../budget/budget.ts';
import { RuleBudgets } from '../budget/rule-budgets.ts';
import type { AuditLine, GatewayConfig, Policy, Rule, Scheme } from '../config.ts';
import { entryOf } from './gate-entry.ts';
import { auditRefusal, NOT_YET, refusalFor, refusalSince } from './gate-refusals.ts';
import type { LivePolicy } from './live-policy.ts';
import type { Lookup } from '../outward/lookup.ts';
import { describeRoute, routeTo, routeWithoutLookup, type Route } from '../outward/route.ts';
import type { ActivePassage } from './active-passages.ts';
import { mayFollowContent, opensTls } from '../policy/decide.ts';
import { isWritten } from '../policy/learn.ts';
import { findingsInHost, HOST_TELLS, type InspectHost } from './inspect-host.ts';
import { withholding, type Tell } from './withhold.ts';

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
  /** Version and protocol of the TLS that was opened for it: whatever becomes of it, the log says so. */
  readonly tls?: string | undefined;
}

export interface Refusal {
  readonly verdict: 'deny';
  readonly kind: 'policy' | 'protocol' | 'content' | 'address' | 'budget' | NotNow;
  readonly rule: string;
  readonly reason: string;
}

/** No decision on what was asked for. */
type NotNow = 'lookup' | 'closed' | 'changed' | 'busy' | 'audit';

/** Allowed, but not yet in the log. */
export interface Judged {
  readonly verdict: 'allow';
  readonly asked: Asked;
  readonly rule: string;
  readonly grant: Rule;
  /** Undefined while its name, which the bottle chose, is not looked up: `open` does that. */
  readonly route: Route | undefined;
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
  readonly revocation: Pick<ActivePassage, 'revoked' | 'whenRevoked'>;
}

export interface Gate {
  /**
   * The verdict on what is known so far. A promise where a rule names the host in full, as it is looked up here. A name that the
   * bottle chose could carry data out in its lookup, so that waits for `open`. A refusal is in the log when this returns or settles.
   */
  judge(asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal>;
  /** Whether bytes may go to this host and port unseen. */
  allowsRaw(asked: Asked): boolean;
  /** Whether TLS with this host and port is opened here. */
  opensTls(host: string, port: number): boolean;
  /** A connection inside which each request is judged by itself: broken off when none could be allowed. Gives how to leave. */
  attend(asked: Asked, breakOff: () => void): () => void;
  /** To be asked before its content is waited for: until what it gives is called, once, that counts as under way. */
  wait(judged: Judged): (() => void) | Refusal;
  /**
   * Counts it, looks its name up where that has not been done, and writes the line that lets it out, which is on disk when this
   * settles; a refusal when it cannot be written. What was looked up has a line in any case.
   */
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

/** The one place where policy, lookup and log come together: nothing is dialled without a `Passage` of its. */
export function createGate(parts: GateParts): Gate {
  const { config, policy, audit, budget, isOpen } = parts;
  const budgets = new RuleBudgets(budget);
  const deny = (asked: Asked, refusal: Omit<Refusal, 'verdict'>, seen?: Seen): Refusal => {
    const entry = entryOf(asked, { verdict: 'deny', rule: refusal.rule, reason: refusal.reason }, seen);
    audit.decision(withholding(entry, parts.tell));
    return { verdict: 'deny', ...refusal };
  };

  const exhausted = (asked: Asked, spent: Spent): Refusal => deny(asked, { kind: 'budget', ...spent });

  const block = (asked: Asked, found: Found): Refusal =>
    deny(asked, refusalFor(found, policy), { findings: found.findings });

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
    if (findings.length > 0) return block(asked, { ...HOST_TELLS, findings });
    const route = earlier?.grant === grant ? earlier.route : routeWithoutLookup(asked.host, grant, config);
    const judged: Judged = { verdict: 'allow', asked, rule, grant, route, policy: policy.current() };
    return route === undefined && isWritten(asked.host, grant) ? lookUp(judged) : judged;
  };

  const lookUp = async (judged: Judged, seen?: Seen): Promise<Routed | Refusal> => {
    const found = await routeOf(judged, parts);
    return 'refused' in found ? deny(judged.asked, found.refused, seen) : found;
  };

  const refusedSince = (judged: Judged, seen?: Seen): Refusal | undefined => {
    const refusal = refusalSince(judged, policy);
    return refusal === undefined ? undefined : deny(judged.asked, refusal, seen);
  };

  const open = async (judged: Judged, seen?: Seen): Promise<Passage | Refusal> => {
    const refused = refusedSince(judged);
    if (refused !== undefined) return refused;
    const allowance = budgets.of(judged.grant);
    const spent = allowance.admit();
    if (spent !== undefined) return exhausted(judged.asked, spent);
    const letBy = { audit, policy, tell: parts.tell, budget: allowance };
    if (hasRoute(judged)) return await letOut(judged, letBy, seen);
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    const routed = await lookUp(judged, seen);
    if (routed.verdict === 'deny') return routed;
    return refusedSince(routed, seen) ?? (await letOut(routed, letBy, seen));
  };

  return {
    judge,
    open,
    exhausted,
    allowsRaw: (asked) => policy.allowsRaw(asked),
    attend: (asked, breakOff) => policy.attend(asked, breakOff),
    wait: (judged) => refusedSince(judged) ?? policy.wait(),
    opensTls: (host, port) => opensTls(policy.current(), host, port),
    refuse: (asked, rule, reason) => deny(asked, { kind: 'protocol', rule, reason }),
    block,
  };
}

type Routed = Judged & { readonly route: Route };

const hasRoute = (judged: Judged): judged is Routed => judged.route !== undefined;

/** One lookup, and where it leads to. */
async function routeOf(
  { asked, rule, grant, policy }: Judged,
  { lookup, config }: Pick<GateParts, 'lookup' | 'config'>,
): Promise<Routed | { readonly refused: Omit<Refusal, 'verdict'> }> {
  const { host } = asked;
  const found = await lookup(host);
  if ('refused' in found) return { refused: { kind: found.kind, rule, reason: `${host} ${found.refused}` } };
  return { verdict: 'allow', asked, rule, grant, route: routeTo(host, found.addresses, config), policy };
}

interface LetOutParts extends Pick<GateParts, 'audit' | 'policy' | 'tell'> {
  readonly budget: Allowance;
}

/** Once its line is on disk. */
async function letOut(
  judged: Routed,
  { audit, policy, tell, budget }: LetOutParts,
  seen: Seen | undefined,
): Promise<Passage | Refusal> {
  const { asked, rule, route } = judged;
  // From here on another policy breaks it off, also while its line is written.
  const active = policy.activate(judged);
  const entry = entryOf(asked, { verdict: 'allow', rule, reason: describeRoute(route) }, seen);
  // Most have none, and are not looked at once more.
  const isClean = entry.findings === undefined || entry.findings.length === 0;
  const logged = await audit.allowance(isClean ? entry : withholding(entry, tell));
  if (logged !== undefined) return passageOf(judged, { logged, audit, policy, budget, revocation: active });
  active.leave();
  return auditRefusal(audit.unwritable() ?? 'it could not be written');
}

interface Opened extends Omit<LetOutParts, 'tell'> {
  readonly logged: Logged;
  readonly revocation: ActivePassage;
}

function passageOf(judged: Routed, { logged, audit, policy, budget, revocation }: Opened): Passage {
  const { asked, grant, route } = judged;
  let ended = false;
  const end = (outcome: Outcome): void => {
    if (ended) return;
    ended = true;
    revocation.leave();
    audit.end(logged, outcome);
  };
  const follows = mayFollowContent(policy.current(), grant, asked.host);
  const { isLent } = revocation;
  return { verdict: 'pass', asked, grant, mayFollowContent: follows, isLent, route, budget, end, revocation };
}
