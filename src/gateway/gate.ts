import type { Entry, Outcome } from './audit/line.ts';
import type { AuditLog } from './audit/log.ts';
import type { AuditLine, GatewayConfig, Scheme, UpstreamProxy } from './config.ts';
import type { Lookup } from './outward/lookup.ts';
import { decide, decideEarly, type Decision, type Request } from './policy/decide.ts';
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
  readonly scheme?: Scheme;
  readonly method: string;
  readonly path: string;
  /** Whether a plain request comes with content. */
  readonly hasBody?: boolean;
}

export interface Refusal {
  readonly verdict: 'deny';
  readonly kind: 'policy' | 'protocol' | 'address' | 'lookup' | 'audit';
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
  readonly route: Route;
}

/** In the log: may be dialled. */
export interface Passage {
  readonly verdict: 'pass';
  readonly asked: Asked;
  readonly route: Route;
  /** Writes the `end` line; once. */
  readonly end: (outcome: Outcome) => void;
}

export interface Gate {
  /** The verdict on what is known so far; a promise where it needs a lookup. A refusal is in the log by then. */
  judge(asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal>;
  /** Whether bytes may go to this host and port unseen. */
  allowsRaw(asked: Asked): boolean;
  /** Writes the line that lets it out; a refusal when it cannot be written. */
  open(judged: Judged): Passage | Refusal;
  /** Logs a refusal that the protocol itself gives cause for. */
  refuse(asked: Asked, rule: string, reason: string): Refusal;
}

export interface GateParts {
  readonly config: Pick<GatewayConfig, 'policy' | 'upstreamProxy'>;
  readonly audit: AuditLog;
  readonly lookup: Lookup;
  /** Whether all launch checks have held: an image's own shell may run before that. */
  readonly isOpen: () => boolean;
}

const NOT_YET = {
  kind: 'protocol',
  rule: 'gateway.closed',
  reason: 'the launch checks of this bottle have not all held yet',
} as const;

/** The one place where policy, lookup and log come together: nothing is dialled without a `Passage` of its. */
export function createGate({ config, audit, lookup, isOpen }: GateParts): Gate {
  const deny = (asked: Asked, refusal: Omit<Refusal, 'verdict'>): Refusal => {
    audit.decision(entryOf(asked, { verdict: 'deny', rule: refusal.rule, reason: refusal.reason }));
    return { verdict: 'deny', ...refusal };
  };

  const judge = (asked: Asked, earlier?: Judged): Judged | Refusal | Promise<Judged | Refusal> => {
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    if (!isOpen()) return deny(asked, NOT_YET);
    const decision = decideOn(config.policy, asked);
    if (decision.verdict === 'deny') return deny(asked, { ...decision, kind: 'policy' });
    const { rule } = decision;
    const route = earlier?.rule === rule ? earlier.route : routeWithoutLookup(asked.host, decision, config);
    return route === undefined ? lookUp(asked, rule) : { verdict: 'allow', asked, rule, route };
  };

  const lookUp = async (asked: Asked, rule: string): Promise<Judged | Refusal> => {
    const { host } = asked;
    const found = await lookup(host);
    if ('refused' in found)
      return deny(asked, { kind: found.kind, rule, reason: `${host} ${found.refused}` });
    const { addresses } = found;
    const proxy = proxyFor(host, config);
    const route: Route = proxy === undefined ? { kind: 'direct', addresses } : { kind: 'proxy', proxy };
    return { verdict: 'allow', asked, rule, route };
  };

  const open = ({ asked, rule, route }: Judged): Passage | Refusal => {
    const entry = entryOf(asked, { verdict: 'allow', rule, reason: describeRoute(route) });
    const logged = audit.decision(entry);
    if (logged === undefined) return auditRefusal(audit.unwritable() ?? 'it could not be written');
    let ended = false;
    const end = (outcome: Outcome): void => {
      if (!ended) audit.end(logged, outcome);
      ended = true;
    };
    return { verdict: 'pass', asked, route, end };
  };

  return {
    judge,
    open,
    allowsRaw: (asked) => decide(config.policy, requestOf(asked, 'tcp')).verdict === 'allow',
    refuse: (asked, rule, reason) => deny(asked, { kind: 'protocol', rule, reason }),
  };
}

function decideOn(policy: GatewayConfig['policy'], asked: Asked): Decision {
  const { scheme } = asked;
  return scheme === undefined ? decideEarly(policy, asked) : decide(policy, requestOf(asked, scheme));
}

// Written out, not spread: these run for every connection, and objects of one shape are what V8 is fast with.
function requestOf({ host, port, method, path, hasBody }: Asked, scheme: Scheme): Request {
  return { host, port, scheme, method, path, hasBody: hasBody === true };
}

function entryOf(
  { via, host, port, method, path }: Asked,
  { verdict, rule, reason }: Pick<Entry, 'verdict' | 'rule' | 'reason'>,
): Entry {
  return { verdict, rule, via, host, port, method, path, reason };
}

type RouteConfig = GateParts['config'];

/** Behind a company proxy, names are the proxy's to look up: this host often cannot. Addresses are still judged here. */
function routeWithoutLookup(host: string, decision: Decision, config: RouteConfig): Route | undefined {
  if (decision.addresses !== undefined) return { kind: 'direct', addresses: decision.addresses };
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
