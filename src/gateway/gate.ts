import type { Entry } from './audit/line.ts';
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
  end(bytes: number, reason: string): void;
}

export interface Gate {
  /** The verdict on what is known so far. A refusal is in the log when this returns. */
  judge(asked: Asked, earlier?: Judged): Promise<Judged | Refusal>;
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
}

/** The one place where policy, lookup and log come together: nothing is dialled without a `Passage` of its. */
export function createGate({ config, audit, lookup }: GateParts): Gate {
  const deny = (asked: Asked, refusal: Omit<Refusal, 'verdict'>): Refusal => {
    audit.decision(entryOf(asked, { verdict: 'deny', rule: refusal.rule, reason: refusal.reason }));
    return { verdict: 'deny', ...refusal };
  };

  const judge = async (asked: Asked, earlier?: Judged): Promise<Judged | Refusal> => {
    const broken = audit.unwritable();
    if (broken !== undefined) return auditRefusal(broken);
    const decision = decideOn(config.policy, asked);
    if (decision.verdict === 'deny') return deny(asked, { ...decision, kind: 'policy' });
    const { rule } = decision;
    if (earlier?.rule === rule) return { verdict: 'allow', asked, rule, route: earlier.route };
    const route = await routeTo(asked.host, decision, { config, lookup });
    if ('refused' in route)
      return deny(asked, { kind: route.kind, rule, reason: `${asked.host} ${route.refused}` });
    return { verdict: 'allow', asked, rule, route };
  };

  const open = ({ asked, rule, route }: Judged): Passage | Refusal => {
    const entry = entryOf(asked, { verdict: 'allow', rule, reason: describeRoute(route) });
    const logged = audit.decision(entry);
    if (logged === undefined) return auditRefusal(audit.unwritable() ?? 'it could not be written');
    let ended = false;
    const end = (bytes: number, reason: string): void => {
      if (!ended) audit.end(logged, { bytes, reason });
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

type RouteParts = Pick<GateParts, 'config' | 'lookup'>;

/** Behind a company proxy, names are the proxy's to look up: this host often cannot. Addresses are still judged here. */
async function routeTo(
  host: string,
  decision: Decision,
  { config, lookup }: RouteParts,
): Promise<Route | { readonly refused: string; readonly kind: 'address' | 'lookup' }> {
  if (decision.addresses !== undefined) return { kind: 'direct', addresses: decision.addresses };
  const proxy = config.upstreamProxy;
  const chained = proxy !== undefined && !bypassesProxy(proxy, host);
  const isAddress = host.includes(':') || /^[0-9.]+$/.test(host);
  if (chained && !isAddress) return { kind: 'proxy', proxy };
  const found = await lookup(host);
  if ('refused' in found) return found;
  return chained ? { kind: 'proxy', proxy } : { kind: 'direct', addresses: found.addresses };
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
