import { isIP } from 'node:net';
import type { Injection, Policy, Rule } from '../../gateway/config.ts';
import type { Actions } from '../../gateway/dlp/actions.ts';
import { overridesRequest } from '../../gateway/message/overrides.ts';
import { placeOf } from '../../gateway/inject/apply.ts';
import { stripCredentials } from '../../gateway/inject/strip.ts';
import { decide, decideEarly, opensTls, type Decision, type Request } from '../../gateway/policy/decide.ts';
import { plainAddress, refusedAddress } from '../../gateway/policy/addresses.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import type { AskedUrl } from './asked-url.ts';
import { besideRulesOf } from './beside.ts';
import type { KnownRules } from './known-rules.ts';
import { globsFor } from './path-globs.ts';
import { ruleAsYaml, ruleFor, whyNeverSuggested } from './suggested-rule.ts';

/** The gateway's decision on a request, and the rule that made it. Keys are fixed; later versions may add more. */
export interface Explanation {
  readonly verdict: 'allow' | 'deny';
  readonly host: string;
  readonly port: number;
  readonly scheme: Rule['scheme'];
  readonly method: string;
  readonly path: string;
  /**
   * The rule that decided; if none did, the nearest one, or `default`; `gateway.identity` if the rule's identity cannot
   * go with the URL.
   */
  readonly rule: string;
  readonly reason: string;
  /** How the gateway treats TLS; null if there is none, or if nothing goes out. */
  readonly tls: 'open' | 'pass' | null;
  /** Name and place of the secret that the request gets; null if none. */
  readonly identity: Injection | null;
  /** Action on a secret found in the request; null if the gateway does not look for secrets. */
  readonly dlp: Actions | null;
  /** Limit on bytes in both directions, for all rules whose budget has this name; null if the rule has no limit. */
  readonly budget: NonNullable<Rule['budget']> | null;
  /** Addresses that the gateway dials as written; null: it looks the name up. */
  readonly addresses: readonly string[] | null;
  /** Why the gateway dials a host that is an address only if a rule pins it; null for all others. */
  readonly needsPin: string | null;
  /** A line for `egress.allow` that would allow the request; null if it is allowed, or if no line would help. */
  readonly consider: string | null;
}

/** Decides with the gateway's own functions. Only the gateway itself knows whether the name resolves. */
export function explain(known: KnownRules, asked: AskedUrl, method: string): Explanation {
  const isOverridden = overridesRequest({ method, path: asked.path, headers: [] });
  const { host, port, scheme, path, isWebSocket } = asked;
  const whole = { host, port, scheme, method, path, isWebSocket, isOverridden };
  const request = asSeen(known.policy, whole);
  const { verdict, rule, reason, grant } = decided(known.policy, request);
  return {
    verdict,
    host: asked.host,
    port: asked.port,
    scheme: asked.scheme,
    method: asked.scheme === 'tcp' ? '' : method,
    path: asked.path,
    rule,
    reason,
    tls:
      grant === undefined || asked.scheme !== 'https' ? null : request.method === undefined ? 'pass' : 'open',
    identity: grant?.inject ?? null,
    dlp: grant?.dlp ?? null,
    budget: grant?.budget ?? null,
    addresses: grant?.addresses ?? null,
    needsPin: pinReason(asked.host) ?? null,
    consider: verdict === 'allow' ? null : considered(known, whole),
  };
}

const pinReason = (host: string): string | undefined =>
  isIP(host) === 0 ? undefined : refusedAddress(plainAddress(host), new Set());

/** Decides in the gateway's order: first on CONNECT or the TLS server name, before the request is visible. */
function decided(policy: Policy, request: Request): Decision {
  const early = request.scheme === 'http' ? undefined : decideEarly(policy, request);
  return early?.verdict === 'deny' ? early : identified(decide(policy, request), request);
}

/** An allowed request may still be refused for its identity; the URL alone shows some of these cases. */
function identified(decision: Decision, { path = '' }: Request): Decision {
  const why = whyNotLent(decision.grant?.inject, path);
  return why === undefined
    ? decision
    : { verdict: 'deny', rule: 'gateway.identity', reason: `the request ${why}` };
}

function whyNotLent(inject: Injection | undefined, path: string): string | undefined {
  if (inject === undefined) return undefined;
  const left = stripCredentials({ path, headers: [] }, placeOf(inject.slot));
  return 'refused' in left ? left.refused : undefined;
}

type WholeRequest = Request & Required<Pick<Request, 'path'>> & { readonly method: string };

/** If TLS passes unopened, the gateway sees neither method nor path. */
function asSeen(policy: Policy, whole: WholeRequest): Request {
  const { host, port, scheme } = whole;
  const isSeen = scheme === 'http' || (scheme === 'https' && opensTls(policy, host, port));
  return isSeen ? whole : { host, port, scheme };
}

/** Suggests only a rule that would allow the request: none against a deny rule, or if no limited rule can allow it. */
function considered(known: KnownRules, whole: WholeRequest): string | null {
  const { host, port, scheme, method, path, isWebSocket } = whole;
  if (whyNeverSuggested(host) !== undefined) return null;
  const { kept, injection, instead, never } = besideRulesOf(known, whole);
  if (never !== undefined || whyNotLent(injection, path) !== undefined) return null;
  if (instead !== undefined) return ruleAsYaml(instead);
  const paths = globsFor([path]);
  const isRaw = scheme === 'tcp';
  if (!isRaw && paths === undefined) return null;
  const rule = {
    ...ruleFor(whole),
    ...(isWebSocket === true ? { websocket: true as const } : {}),
    ...(isRaw || paths === undefined ? {} : { methods: [method], paths }),
  };
  const lending = { ...rule, ...(injection === undefined ? {} : { inject: injection }) };
  const more = canonicalRule(lending, { id: 'considered', list: 'allow' });
  const { allow, deny } = known.policy;
  const request = isRaw ? { host, port, scheme } : whole;
  const { verdict } = decide({ allow: [...allow, more], deny }, request);
  return verdict === 'allow' ? ruleAsYaml({ ...rule, ...kept }) : null;
}
