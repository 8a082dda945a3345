import type { Outcome } from '../audit/line.ts';
import type { AuditLog, Logged } from '../audit/log.ts';
import type { Allowance, Budget, Spent } from '../budget/budget.ts';
import { RuleBudgets } from '../budget/rule-budgets.ts';
import type { AuditLine, GatewayConfig, Policy, Rule, Scheme } from '../config.ts';
import { type InspectLogTexts, entryOf, withholding } from './withhold.ts';
import { auditRefusal, NOT_YET, refusalFor, refusalSince } from './gate-refusals.ts';
import type { LivePolicy } from './live-policy.ts';
import type { Lookup } from '../outward/lookup.ts';
import { describeRoute, routeTo, routeWithoutLookup, type Route } from '../outward/route.ts';
import type { ActivePassage } from './active-passages.ts';
import { mayFollowContent, opensTls, type Request } from '../policy/decide.ts';
import { isNamedInFull } from '../policy/learn.ts';
import { findingsInHost, SECRET_IN_HOST, type InspectHost } from './inspect-host.ts';

/**
 * The only way out: policy, then lookup, then address check, then the line in the audit log, and only then a route.
 * Every protocol uses this gate, and none dials by itself.
 */

/**
 * What a client asks for, in canonical spelling. Without a method, it is a tunnel that the gateway does not inspect.
 */
export interface Asked extends Omit<Request, 'scheme'> {
  readonly via: AuditLine['via'];
  /** Undefined until the client has shown its protocol. */
  readonly scheme?: Scheme | undefined;
  /** Version and protocol of the TLS that the gateway opened for it. Every line of the log about it has them. */
  readonly tls?: string | undefined;
}

export interface Refusal {
  readonly verdict: 'deny';
  readonly kind: 'policy' | 'protocol' | 'content' | 'address' | 'budget' | NotNow;
  readonly rule: string;
  readonly reason: string;
}

/** Not a decision on the request. */
type NotNow = 'lookup' | 'closed' | 'changed' | 'busy' | 'audit';

/** Allowed, but not yet in the log. */
export interface Judged {
  readonly verdict: 'allow';
  readonly asked: Asked;
  readonly rule: string;
  readonly grant: Rule;
  /** Undefined until `open` looks the name up, which the bottle chose. */
  readonly route: Route | undefined;
  /** The policy of this judgement. The present one may differ. */
  readonly policy: Policy;
}

/** Allowed and in the log: may be dialled. */
export interface Passage {
  readonly verdict: 'pass';
  readonly asked: Asked;
  /** The rule that allowed it. */
  readonly grant: Rule;
  /** See policy/decide.ts. */
  readonly mayFollowContent: boolean;
  /** Whether the host may know a secret of this bottle, lent by this rule or another, now or earlier. */
  readonly isLent: boolean;
  readonly route: Route;
  /** Counts the bytes that pass. */
  readonly budget: Allowance;
  /** Writes the `end` line once. Later calls do nothing. */
  readonly end: (outcome: Outcome) => void;
  /** Reports a revocation by a changed policy. */
  readonly revocation: Pick<ActivePassage, 'revoked' | 'whenRevoked'>;
}

export interface Gate {
  /**
   * Judges what is known so far. Returns a promise where a rule names the host in full, because the gate then looks it
   * up here. A name chosen by the bottle could carry data out in its lookup, so that waits for `open`. A refusal is in
   * the log when this returns or settles.
   */
  judge(asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal>;
  /** Returns whether bytes may go to this host and port uninspected. */
  allowsRaw(asked: Asked): boolean;
  /** Returns whether the gateway opens TLS for this host and port. */
  opensTls(host: string, port: number): boolean;
  /**
   * Registers a connection whose requests are judged one by one. It is broken off when none could be allowed. Returns
   * how to leave.
   */
  attend(asked: Asked, breakOff: () => void): () => void;
  /**
   * Call it before waiting for a request's content. The request counts as active until the returned function is called,
   * once.
   */
  wait(judged: Judged): (() => void) | Refusal;
  /**
   * Counts the request, looks its name up if that is still missing, and writes the line that lets it pass. The line is
   * on disk when this settles. Returns a refusal when the line cannot be written. Every lookup has a line in the log.
   * `onEnd`: called once, at the end of the passage.
   */
  open(judged: Judged, findings?: Findings, onEnd?: Passage['end']): Promise<Passage | Refusal>;
  /** Logs a refusal because of the protocol itself. */
  refuse(asked: Asked, rule: string, reason: string): Refusal;
  /** Logs a refusal because of a request's content. */
  block(asked: Asked, found: Found): Refusal;
  /** Logs a refusal because of an exhausted limit. */
  exhausted(asked: Asked, spent: Spent): Refusal;
}

export type Findings = NonNullable<AuditLine['findings']>;

/** The findings for which a request is refused, or with which it passes. */
export interface Found {
  readonly rule: string;
  readonly reason: string;
  readonly findings: Findings;
}

export interface GateParts {
  readonly config: Pick<GatewayConfig, 'upstreamProxy'>;
  readonly policy: LivePolicy;
  readonly audit: AuditLog;
  readonly lookup: Lookup;
  readonly budget: Budget;
  /** Inspects the name itself, because resolvers see it before the gateway sends anything. */
  readonly inspectHost: InspectHost;
  /** Finds secrets that the line of a refusal would reveal. */
  readonly inspectLogTexts: InspectLogTexts;
  /** Returns whether all launch checks have held. An image's own shell may run before that. */
  readonly isOpen: () => boolean;
}

/** Joins policy, lookup and log. The gateway dials nothing without a `Passage` of this gate. */
export function createGate(parts: GateParts): Gate {
  const { config, policy, audit, budget, isOpen } = parts;
  const budgets = new RuleBudgets(budget);
  const deny = (asked: Asked, refusal: Omit<Refusal, 'verdict'>, findings?: Findings): Refusal => {
    const entry = entryOf(asked, { verdict: 'deny', rule: refusal.rule, reason: refusal.reason }, findings);
    audit.decision(withholding(entry, parts.inspectLogTexts));
    return { verdict: 'deny', ...refusal };
  };

  const exhausted = (asked: Asked, spent: Spent): Refusal => deny(asked, { kind: 'budget', ...spent });

  const block = (asked: Asked, found: Found): Refusal =>
    deny(asked, refusalFor(found, policy), found.findings);

  const judge = (asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal> => {
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    if (!isOpen()) return deny(asked, NOT_YET);
    const decision = policy.decide(asked);
    const { rule, reason, grant } = decision;
    if (grant === undefined) return deny(asked, { kind: 'policy', rule, reason });
    // Before the protocol is known, the rule for the request is not known either.
    const spent = (asked.scheme === undefined ? budget : budgets.of(grant)).spent();
    if (spent !== undefined) return exhausted(asked, spent);
    const findings = earlier === undefined ? findingsInHost(asked.host, grant, parts.inspectHost) : [];
    if (findings.length > 0) return block(asked, { ...SECRET_IN_HOST, findings });
    const route = earlier?.grant === grant ? earlier.route : routeWithoutLookup(asked.host, grant, config);
    const judged: Judged = { verdict: 'allow', asked, rule, grant, route, policy: policy.current() };
    return route === undefined && isNamedInFull(asked.host, grant) ? lookUp(judged) : judged;
  };

  const lookUp = async (judged: Judged, findings?: Findings): Promise<Routed | Refusal> => {
    const found = await routeOf(judged, parts);
    return 'refused' in found ? deny(judged.asked, found.refused, findings) : found;
  };

  const refusedSince = (judged: Judged, findings?: Findings): Refusal | undefined => {
    const refusal = refusalSince(judged, policy);
    return refusal === undefined ? undefined : deny(judged.asked, refusal, findings);
  };

  const open: Gate['open'] = async (judged, findings, onEnd) => {
    const refused = refusedSince(judged);
    if (refused !== undefined) return refused;
    const allowance = budgets.of(judged.grant);
    const spent = allowance.admit();
    if (spent !== undefined) return exhausted(judged.asked, spent);
    const letBy = { audit, policy, inspectLogTexts: parts.inspectLogTexts, budget: allowance, onEnd };
    if (hasRoute(judged)) return await letOut(judged, letBy, findings);
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    const routed = await lookUp(judged, findings);
    if (routed.verdict === 'deny') return routed;
    return refusedSince(routed, findings) ?? (await letOut(routed, letBy, findings));
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

/** Looks the host up once. Returns the route. */
async function routeOf(
  { asked, rule, grant, policy }: Judged,
  { lookup, config }: Pick<GateParts, 'lookup' | 'config'>,
): Promise<Routed | { readonly refused: Omit<Refusal, 'verdict'> }> {
  const { host } = asked;
  const found = await lookup(host);
  if ('refused' in found) return { refused: { kind: found.kind, rule, reason: `${host} ${found.refused}` } };
  return { verdict: 'allow', asked, rule, grant, route: routeTo(host, found.addresses, config), policy };
}

interface LetOutParts extends Pick<GateParts, 'audit' | 'policy' | 'inspectLogTexts'> {
  readonly budget: Allowance;
  readonly onEnd: Passage['end'] | undefined;
}

/** Lets a request pass once its line is on disk. */
async function letOut(
  judged: Routed,
  { audit, policy, inspectLogTexts, budget, onEnd }: LetOutParts,
  findings: Findings | undefined,
): Promise<Passage | Refusal> {
  const { asked, rule, route } = judged;
  // From here on, a changed policy revokes it, also during the write of its line.
  const active = policy.activate(judged);
  const entry = entryOf(asked, { verdict: 'allow', rule, reason: describeRoute(route) }, findings);
  // Most lines have no findings, and skip the second inspection.
  const isClean = entry.findings === undefined || entry.findings.length === 0;
  const logged = await audit.allowance(isClean ? entry : withholding(entry, inspectLogTexts));
  if (logged !== undefined)
    return passageOf(judged, { logged, audit, policy, budget, onEnd, revocation: active });
  active.leave();
  return auditRefusal(audit.unwritable() ?? 'it could not be written');
}

interface Opened extends Omit<LetOutParts, 'inspectLogTexts'> {
  readonly logged: Logged;
  readonly revocation: ActivePassage;
}

function passageOf(judged: Routed, { logged, audit, policy, budget, onEnd, revocation }: Opened): Passage {
  const { asked, grant, route } = judged;
  let ended = false;
  const end = (outcome: Outcome): void => {
    if (ended) return;
    ended = true;
    onEnd?.(outcome);
    revocation.leave();
    audit.end(logged, outcome);
  };
  const follows = mayFollowContent(policy.current(), grant, asked.host);
  const { isLent } = revocation;
  return { verdict: 'pass', asked, grant, mayFollowContent: follows, isLent, route, budget, end, revocation };
}
