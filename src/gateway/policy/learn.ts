import type { Policy, Rule, Scheme } from '../config.ts';
import { decide, decideEarly, type Decision, type EarlyRequest, type Request } from './decide.ts';

/** Learning what a bottle needs: what no rule is about is let out and in the log as such, as far as it is public. */

/** How the log calls what let it out. */
export const LEARNED = 'learn';

/** Whether a person wrote a rule for exactly this name: a lookup of any other tells what the bottle chose. */
export const isWritten = (asked: string, { id, host }: Rule): boolean => host === asked && id !== LEARNED;

/** Names that mean something on this computer or in its network, or nothing (RFC 3172, 6761, 6762, 7686; ICANN's `internal`). */
const NOT_PUBLIC = /^[^.]*$|\.(?:invalid|localhost|local|internal|lan|onion|arpa)$/;

/** Whether a name can be one of a host that everybody may reach. */
export const isPublicName = (name: string): boolean => !NOT_PUBLIC.test(name);

/** As `decide`, but that a request is allowed which only lacks a rule. Raw TCP never is: nobody could say what was learnt. */
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

/** Deny rules still beat it. */
const withRule = ({ allow, deny }: Policy, rule: Rule): Policy => ({ allow: [...allow, rule], deny });

/** Whether an address is public is judged after the lookup, as always. */
function learnedRule({ host, port = 443 }: EarlyRequest, scheme: Scheme): Rule | undefined {
  if (!host.includes(':') && !isPublicName(host)) return undefined;
  const seen = scheme === 'http' ? ({ websocket: true, dlp: 'block' } as const) : {};
  return { id: LEARNED, host, port, scheme, ...seen };
}
