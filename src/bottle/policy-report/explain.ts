import type { DlpAction, Injection, Policy, Rule } from '../../gateway/config.ts';
import { decide, type Decision, type Request } from '../../gateway/policy/decide.ts';
import { sharesTarget } from '../../gateway/policy/overlap.ts';
import type { AskedUrl } from './asked-url.ts';
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
  /** The rule that decided; where none did, the nearest, or `default`. */
  readonly rule: string;
  readonly reason: string;
  /** What becomes of TLS; null where there is none, and where nothing goes out. */
  readonly tls: 'open' | 'pass' | null;
  /** The secret that the request gets, by name, and where it goes; null: none. */
  readonly identity: Injection | null;
  /** What happens when a secret is found in it; null where nobody looks. */
  readonly dlp: DlpAction | null;
  /** Dialled as they stand; null: the name is looked up. */
  readonly addresses: readonly string[] | null;
  /** A line for `egress.allow` that would allow it; null where it is allowed, or where no line would help. */
  readonly consider: string | null;
}

/** Decides as the gateway does, by its own function; whether the name leads somewhere is known to the gateway only. */
export function explain(policy: Policy, asked: AskedUrl, method: string): Explanation {
  const request = requestOf(policy, asked, method);
  const decision = decideAsGateway(policy, request, asked);
  const grant = decision.verdict === 'allow' ? grantOf(policy, decision, request) : undefined;
  const { verdict, rule, reason } = decision;
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
    addresses: grant?.addresses ?? null,
    consider: verdict === 'allow' ? null : considered(policy, asked, { method, rule }),
  };
}

/** Where TLS passes unopened, nobody sees the method and the path. */
function requestOf({ allow }: Policy, { host, port, scheme, path }: AskedUrl, method: string): Request {
  const isOpened = allow.some((rule) => rule.opensTls === true && sharesTarget(rule, { host, port }));
  const isSeen = scheme === 'http' || (scheme === 'https' && isOpened);
  return { host, port, scheme, ...(isSeen ? { method, path } : {}) };
}

/** WebSockets go out by rules that say so, or unseen. */
function decideAsGateway(policy: Policy, request: Request, { isWebSocket }: AskedUrl): Decision {
  const asRequest = decide(policy, request);
  if (!isWebSocket || request.method === undefined || asRequest.verdict === 'deny') return asRequest;
  const decision = decide(
    { ...policy, allow: policy.allow.filter((rule) => rule.websocket === true) },
    request,
  );
  if (decision.verdict === 'allow') return decision;
  return { verdict: 'deny', rule: asRequest.rule, reason: 'its rule does not allow WebSockets' };
}

/** Several rules of one preset or repository have one id: the one of these that allows it by itself. */
function grantOf({ allow }: Policy, { rule: id }: Decision, request: Request): Rule | undefined {
  return allow.find(
    (rule) => rule.id === id && decide({ allow: [rule], deny: [] }, request).verdict === 'allow',
  );
}

function considered(
  { deny }: Policy,
  asked: AskedUrl,
  { method, rule }: { readonly method: string; readonly rule: string },
): string | null {
  if (deny.some(({ id }) => id === rule) || whyNeverSuggested(asked.host) !== undefined) return null;
  const paths = globsFor([asked.path]);
  const isRaw = asked.scheme === 'tcp';
  if (!isRaw && paths === undefined) return null;
  const narrow = isRaw || paths === undefined ? {} : { methods: [method], paths };
  return ruleAsYaml({
    ...ruleFor(asked),
    ...(asked.isWebSocket ? { websocket: true as const } : {}),
    ...narrow,
  });
}
