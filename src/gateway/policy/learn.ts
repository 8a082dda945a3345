import type { Policy, Rule, Scheme } from '../config.ts';
import { decide, decideEarly, type Decision, type EarlyRequest, type Request } from './decide.ts';

/**
 * Learns what a bottle needs: allows requests that no rule is about, if they go to a public host, and logs them as
 * learnt.
 */

/** The rule ID in the log of a learnt request. */
export const LEARNED = 'learn';

/**
 * Returns whether a person wrote a rule for exactly this name. A lookup of any other name reveals a choice of the
 * bottle.
 */
export const isNamedInFull = (asked: string, { id, host }: Rule): boolean => host === asked && id !== LEARNED;

/**
 * Names with a meaning only on this host or its network, or without one (RFC 3172, 6761, 6762, 7686; ICANN's
 * `internal`).
 */
const NOT_PUBLIC = /^[^.]*$|\.(?:invalid|localhost|local|internal|lan|onion|arpa)$/;

/** Returns whether a name can be that of a public host. */
export const isPublicName = (name: string): boolean => !NOT_PUBLIC.test(name);

/**
 * As `decide`, but allows a request that only lacks a rule. Never raw TCP, because the log could not show the learnt
 * protocol.
 */
export function decideLearning(policy: Policy, request: Request): Decision {
  const decision = decide(policy, request);
  if (decision.verdict === 'allow' || request.scheme === 'tcp') return decision;
  const learned = learnedRule(request, request.scheme);
  return learned === undefined ? decision : decide(withRule(policy, learned), request);
}

/** As `decideEarly`, in the same way. */
export function decideLearningEarly(policy: Policy, request: EarlyRequest): Decision {
  const decision = decideEarly(policy, request);
  const learned = decision.verdict === 'allow' ? undefined : learnedRule(request, 'https');
  return learned === undefined ? decision : decideEarly(withRule(policy, learned), request);
}

/** Adds a learnt rule, which deny rules still beat. */
const withRule = ({ allow, deny }: Policy, rule: Rule): Policy => ({ allow: [...allow, rule], deny });

/** The lookup decides later whether an address is public, as always. */
function learnedRule({ host, port = 443 }: EarlyRequest, scheme: Scheme): Rule | undefined {
  if (!host.includes(':') && !isPublicName(host)) return undefined;
  const seen = scheme === 'http' ? ({ websocket: true, dlp: 'block' } as const) : {};
  return { id: LEARNED, host, port, scheme, ...seen };
}
