import type { Policy, Rule, Scheme } from '../config.ts';
import { deniesPath } from './paths/denied-path.ts';
import { hasOneReading, lendsByEscapes, mayLeadTo } from './paths/lenient-path.ts';
import { canonicalPath, cutsOf, hasIgnoredParts, matchesPath, readingsOf } from './paths/paths.ts';
import {
  ESCAPED_SLASH_ALONE,
  inDoubt,
  inDoubtOfIdentity,
  NAMED_BY_DENY,
  NO_WEBSOCKETS,
  unclear,
} from './reasons.ts';
import { staysWithin } from './paths/second-path.ts';

/**
 * Decides by the policy, in this place only. Pure. Deny beats allow, order does not matter, an empty policy denies all.
 */

export interface Request {
  /** Canonical: see canonical.ts. */
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** Undefined where the gateway does not see it: on `tcp`, and in TLS that passes unopened. */
  readonly method?: string | undefined;
  /** As sent. Undefined as the method is. */
  readonly path?: string;
  /** Whether the request has content. */
  readonly hasBody?: boolean;
  /** Whether the client asks for a WebSocket. */
  readonly isWebSocket?: boolean;
  /** Whether it asks to be treated as another method or path: see message/overrides.ts. */
  readonly isOverridden?: boolean;
  /** Second paths in its headers, to copy from or to: see message/overrides.ts. */
  readonly secondPaths?: readonly string[] | undefined;
}

/** The known part of a request before the client has shown its protocol (CONNECT), or its port (a DNS question). */
export type EarlyRequest = Pick<Request, 'host'> & Partial<Pick<Request, 'port'>>;

export interface Decision {
  readonly verdict: 'allow' | 'deny';
  /** The id of the rule that decided, or `default`. */
  readonly rule: string;
  readonly reason: string;
  /** The rule that allowed. */
  readonly grant?: Rule;
}

/** Returns whether this request may pass, and by which rule. */
export function decide(policy: Policy, request: Request): Decision {
  const denying = bestOf(policy.deny, (rule) => denies(rule, request));
  if (denying !== undefined)
    return { verdict: 'deny', rule: denying.id, reason: whyDenied(denying, request) };
  const allowing = bestOf(policy.allow, (rule) => namesHost(rule, request.host) && allows(rule, request));
  if (allowing === undefined) return byDefault(policy, request);
  const lending = allowing.inject === undefined ? passedOver(policy, request, allowing) : undefined;
  if (lending === undefined) return allowedBy(allowing);
  return { verdict: 'deny', rule: lending.id, reason: whyNotLent(lending, request) };
}

function whyNotLent(lending: Rule, request: Request): string {
  const why = whyUnclear(lending, request);
  if (why === undefined && request.isWebSocket === true && lending.websocket !== true) return NO_WEBSOCKETS;
  return inDoubtOfIdentity(why ?? unclear.path('can be read in another way'));
}

/**
 * Returns the rule that would lend this request an identity if it were plain: not overriding, in one spelling, no
 * content in a GET. By a wider rule for the same host, it would pass with any identity, which its caller could choose.
 */
function passedOver({ allow }: Policy, request: Request, allowing: Rule): Rule | undefined {
  const { host, port, scheme, method, path, isOverridden, isWebSocket } = request;
  if (method === undefined || (isPlain(request) && !lendsByEscapes(allow))) return undefined;
  return bestOf(
    allow,
    (rule) =>
      rule.inject !== undefined &&
      namesHost(rule, host) &&
      rule.port === port &&
      rule.scheme === scheme &&
      // A rule for this very host may be meant for WebSockets. A server without WebSockets sees a plain GET.
      (isWebSocket !== true || rule.websocket === true || allowing.host !== rule.host) &&
      (isOverridden === true ||
        ((rule.methods === undefined || rule.methods.includes(method)) &&
          (rule.paths === undefined || mayLeadTo(rule.paths, path)))),
  );
}

/**
 * Returns whether the policy could allow any request of this kind. It allows each one that `decide` allows, so the
 * gateway can take a connection, or answer a DNS question, before it knows the rest. `decide` follows once it does.
 */
export function decideEarly(policy: Policy, request: EarlyRequest): Decision {
  const { host, port } = request;
  const mayAllow = (rule: Rule): boolean =>
    namesHost(rule, host) && (port === undefined || rule.port === port);
  const isDenied = (rule: Rule): boolean => policy.deny.some((deny) => deniesAll(deny, rule, host));
  const allowing = bestOf(policy.allow, (rule) => mayAllow(rule) && !isDenied(rule));
  if (allowing !== undefined) return allowedBy(allowing);
  const denying = bestOf(
    policy.deny,
    (deny) =>
      deniesWhole(deny, request) ||
      policy.allow.some((rule) => mayAllow(rule) && deniesAll(deny, rule, host)),
  );
  if (denying !== undefined) return { verdict: 'deny', rule: denying.id, reason: NAMED_BY_DENY };
  return byDefault(policy, request);
}

/** Returns whether the gateway opens TLS there: as soon as any rule that could allow something asks for it. */
export function opensTls({ allow }: Policy, host: string, port: number): boolean {
  return allow.some((rule) => rule.opensTls === true && rule.port === port && namesHost(rule, host));
}

/** Returns whether the request is what it shows, so that every rule can judge it. */
const isPlain = (request: Request): boolean =>
  request.isWebSocket !== true &&
  !mayHideAnother(request) &&
  (request.secondPaths ?? []).length === 0 &&
  hasOneReading(request.path);

function allowedBy(rule: Rule): Decision {
  return { verdict: 'allow', rule: rule.id, reason: 'allowed', grant: rule };
}

/** Denies a request that no rule allows, and names the nearest rule, because a person asks for it next. */
function byDefault({ allow }: Policy, request: EarlyRequest & Partial<Request>): Decision {
  const { host, port, method, path } = request;
  const here = allow.filter((rule) => namesHost(rule, host));
  // A host can have several rules, such as those of a repository. The fault of the wrong one would mislead.
  const nearer: readonly ((rule: Rule) => boolean)[] = [
    (rule) => rule.port === port && (rule.paths === undefined || allowsPath(rule.paths, path)),
    (rule) => rule.port === port && allowsWithSlashes(rule.paths, path),
    (rule) => rule.port === port && rule.methods?.includes(method ?? '') === true,
    (rule) => rule.port === port,
    () => true,
  ];
  const nearest = nearer.map((isNear) => bestOf(here, isNear)).find((rule) => rule !== undefined);
  return { verdict: 'deny', rule: nearest?.id ?? 'default', reason: whyNot(nearest, request) };
}

function whyNot(nearest: Rule | undefined, request: EarlyRequest & Partial<Request>): string {
  if (nearest === undefined) return 'no rule allows this host';
  if (nearest.port !== request.port) return `its rule allows port ${nearest.port} only`;
  if (nearest.scheme !== request.scheme) return `its rule allows ${nearest.scheme} only`;
  if (request.isWebSocket === true && nearest.websocket !== true) return NO_WEBSOCKETS;
  const why = whyUnclear(nearest, request);
  if (why !== undefined) return why;
  if (nearest.methods !== undefined && !nearest.methods.includes(request.method ?? '')) {
    return `its rule allows the methods ${nearest.methods.join(', ')} only`;
  }
  return allowsWithSlashes(nearest.paths, request.path)
    ? ESCAPED_SLASH_ALONE
    : 'its rule does not allow this path';
}

/** Returns why a rule with limits cannot judge the request. Undefined: it can. */
function whyUnclear(rule: Rule, request: EarlyRequest & Partial<Request>): string | undefined {
  if (isLimited(rule) && request.isOverridden === true) return unclear.overridden;
  if (isLimited(rule) && mayHideAnother(request)) return unclear.content(request.method ?? '');
  if (hidesPath(rule, request)) return unclear.secondPath;
  const judged = canonicalPath(rule.paths === undefined ? '' : (request.path ?? ''));
  return 'refused' in judged ? unclear.path(judged.refused) : undefined;
}

function whyDenied(rule: Rule, request: Request): string {
  const why = whyUnclear(rule, request);
  return why === undefined ? NAMED_BY_DENY : inDoubt(why);
}

/** Returns whether the path would be allowed with slashes in place of escaped ones. */
function allowsWithSlashes(globs: readonly string[] | undefined, sent = ''): boolean {
  const path = sent.replace(/%2f/gi, '/');
  return globs !== undefined && path !== sent && allowsPath(globs, path);
}

/** An allow rule for raw TCP covers any protocol over it. */
function allows(rule: Rule, request: Request): boolean {
  if (rule.port !== request.port) return false;
  if (rule.scheme !== request.scheme && rule.scheme !== 'tcp') return false;
  if (rule.opensTls === true && request.method === undefined) return false;
  if (request.isWebSocket === true && rule.websocket !== true) return false;
  if (isLimited(rule) && mayHideAnother(request)) return false;
  if (hidesPath(rule, request)) return false;
  if (rule.methods !== undefined && !rule.methods.includes(request.method ?? '')) return false;
  return rule.paths === undefined || allowsPath(rule.paths, request.path);
}

function allowsPath(globs: readonly string[], sent: string | undefined): boolean {
  const judged = canonicalPath(sent ?? '');
  if ('refused' in judged) return false;
  return cutsOf(judged.path).every(
    (cut) =>
      // The rule has the part that servers ignore itself, so it means that part.
      (hasIgnoredParts(cut) && globs.some((glob) => hasIgnoredParts(glob) && matchesPath(glob, cut))) ||
      readingsOf(cut).every((reading) => globs.some((glob) => matchesPath(glob, reading))),
  );
}

/**
 * Methods whose content has no meaning (RFC 9110, 9.3; Vault’s LIST is a GET). Some servers take it for the next
 * request.
 */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'LIST']);

function mayHideAnother({ method, hasBody, isOverridden }: Partial<Request>): boolean {
  return isOverridden === true || (hasBody === true && WITHOUT_CONTENT.has(method ?? ''));
}

/** Returns whether a second path escapes the rule: the rule limits paths, or its identity could open that path. */
function hidesPath({ paths, inject, port, scheme }: Rule, asked: EarlyRequest & Partial<Request>): boolean {
  const { secondPaths, host, path } = asked;
  if (secondPaths === undefined || secondPaths.length === 0) return false;
  if (paths !== undefined) return true;
  return inject !== undefined && !secondPaths.every((one) => staysWithin(one, { host, port, scheme, path }));
}

function isLimited({ methods, paths, inject }: Rule): boolean {
  return methods !== undefined || paths !== undefined || inject !== undefined;
}

/**
 * Returns whether another request may follow content of a request by this grant on one connection. A server that did
 * not read the content treats it as the next request, which no rule has judged, and the following bytes as a part of
 * that one. A rule with an identity or limits for this host forbids that.
 */
export function mayFollowContent({ allow, deny }: Policy, grant: Rule, host: string): boolean {
  const isLimitedHere = (rule: Rule): boolean => isLimited(rule) && namesHost(rule, host);
  return (
    grant.scheme === 'https' && !isLimited(grant) && !allow.some(isLimitedHere) && !deny.some(isLimitedHere)
  );
}

/** Adds the policy's lending rules to these. Keeps one of those with the same host pattern. */
export function withLending(lending: readonly Rule[], { allow }: Policy): readonly Rule[] {
  const all = [...lending, ...allow.filter(({ inject }) => inject !== undefined)];
  return [...new Map(all.map((rule) => [rule.host, rule])).values()];
}

/** Returns whether one of these rules lends this host an identity, so that the host may know a secret. */
export function lendTo(lending: readonly Rule[], host: string): boolean {
  return lending.some((rule) => namesHost(rule, host));
}

/** In doubt, a deny rule matches: where the gateway does not see the protocol, and where a request may be hidden. */
function denies(rule: Rule, request: Request): boolean {
  if (!namesHost(rule, request.host) || (rule.port !== 0 && rule.port !== request.port)) return false;
  if (request.scheme === 'tcp') return true;
  if (rule.scheme !== 'tcp' && rule.scheme !== request.scheme) return false;
  if (mayHideAnother(request) || hidesPath(rule, request)) return true;
  if (request.method === undefined && isLimited(rule)) return true;
  if (rule.methods !== undefined && !rule.methods.includes(request.method ?? '')) return false;
  return rule.paths === undefined || deniesPath(rule.paths, request.path);
}

/** Returns whether the deny rule denies everything that the allow rule allows for this host. */
function deniesAll(deny: Rule, allow: Rule, host: string): boolean {
  if (deny.methods !== undefined || deny.paths !== undefined || !namesHost(deny, host)) return false;
  return (
    (deny.port === 0 || deny.port === allow.port) && (deny.scheme === 'tcp' || deny.scheme === allow.scheme)
  );
}

/** Returns whether the deny rule denies the whole host, so that it is the reason and no allow rule would help. */
function deniesWhole(deny: Rule, { host, port }: EarlyRequest): boolean {
  if (deny.methods !== undefined || deny.paths !== undefined || deny.scheme !== 'tcp') return false;
  return namesHost(deny, host) && (deny.port === 0 || deny.port === port);
}

/** Returns whether the rule names this host. `*.x` is every name under x at any depth, not x itself or an address. */
function namesHost(rule: Rule, host: string): boolean {
  return rule.host.startsWith('*.') ? host.endsWith(rule.host.slice(1)) : rule.host === host;
}

/**
 * Returns the best matching rule, whatever their order. A lending rule is first, or the caller's own identity would be
 * valid there. Then a pinned rule, the longest host, the rule with more limits, and the first ID.
 */
function bestOf(rules: readonly Rule[], matches: (rule: Rule) => boolean): Rule | undefined {
  let best: Rule | undefined;
  for (const rule of rules) {
    if (matches(rule) && (best === undefined || comesBefore(rule, best))) best = rule;
  }
  return best;
}

function comesBefore(a: Rule, b: Rule): boolean {
  const lending = Number(a.inject !== undefined) - Number(b.inject !== undefined);
  const pinned = Number(a.addresses !== undefined) - Number(b.addresses !== undefined);
  const longer = a.host.replace('*', '').length - b.host.replace('*', '').length;
  const closer = closeness(a) - closeness(b);
  return (lending || pinned || longer || closer || (a.id < b.id ? 1 : -1)) > 0;
}

/** Counts the members of a rule. The more it has, the more likely it was written for this request. */
function closeness({ paths, methods, budget, opensTls }: Rule): number {
  const own = [opensTls, budget, methods, paths];
  return own.reduce<number>((sum, part, index) => (part === undefined ? sum : sum + 2 ** index), 0);
}
