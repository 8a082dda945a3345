import { isIP } from 'node:net';
import type { Injection, Policy, Rule } from '../../gateway/config.ts';
import type { Actions } from '../../gateway/dlp/actions.ts';
import { asksForAnother } from '../../gateway/message/overrides.ts';
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

/** What the gateway would do with a request, and by which rule. Keys are fixed, more may come. */
export interface Explanation {
  readonly verdict: 'allow' | 'deny';
  readonly host: string;
  readonly port: number;
  readonly scheme: Rule['scheme'];
  readonly method: string;
  readonly path: string;
  /** The rule that decided; where none did, the nearest, or `default`; `gateway.identity` where the rule’s identity cannot go with the URL. */
  readonly rule: string;
  readonly reason: string;
  /** What becomes of TLS; null where there is none, and where nothing goes out. */
  readonly tls: 'open' | 'pass' | null;
  /** The secret that the request gets, by name, and where it goes; null: none. */
  readonly identity: Injection | null;
  /** What happens when a secret is found in it; null where nobody looks. */
  readonly dlp: Actions | null;
  /** What may pass, both ways, by all rules whose budgets have this name; null: no limit of the rule's own. */
  readonly budget: NonNullable<Rule['budget']> | null;
  /** Dialled as they stand; null: the name is looked up. */
  readonly addresses: readonly string[] | null;
  /** Why a host that is an address is dialled only where a rule pins it; null for all others. */
  readonly needsPin: string | null;
  /** A line for `egress.allow` that would allow it; null where it is allowed, or where no line would help. */
  readonly consider: string | null;
}

/** Decides as the gateway does, by its own functions; whether the name leads somewhere is known to the gateway only. */
export function explain(known: KnownRules, asked: AskedUrl, method: string): Explanation {
  const isOverridden = asksForAnother({ method, path: asked.path, headers: [] });
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

/** As a client is answered: its CONNECT, or the name that TLS asks for, is judged before anything else is seen. */
function decided(policy: Policy, request: Request): Decision {
  const early = request.scheme === 'http' ? undefined : decideEarly(policy, request);
  return early?.verdict === 'deny' ? early : identified(decide(policy, request), request);
}

/** What is allowed may be refused for the identity's sake: some of that can be told by the URL alone. */
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

/** Where TLS passes unopened, nobody sees the method and the path. */
function asSeen(policy: Policy, whole: WholeRequest): Request {
  const { host, port, scheme } = whole;
  const isSeen = scheme === 'http' || (scheme === 'https' && opensTls(policy, host, port));
  return isSeen ? whole : { host, port, scheme };
}

/** Only what would be allowed with it: not beside a deny rule, and not what rules with limits refuse whatever they say. */
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
