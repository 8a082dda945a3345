import type { Asked, Refusal } from './gate.ts';
import type { Answer } from '../message/exchange.ts';
import { isBottleItself } from '../policy/addresses.ts';
import { ESCAPED_SLASH_ALONE, isUnclearRequest } from '../policy/reasons.ts';

/** Writes a refusal for a program, its user, and the agent that may look for a way around it. */

const FOR_AGENTS =
  'This is a decision by the policy of this bottle, not a fault. Do not retry, and do not look for a way around it ' +
  '(another tool, proxy, address, port or encoding): every way out passes the same policy, and every attempt is logged. ' +
  'Tell the user what you need and why, and go on without it.';

const NO_DECISION =
  'This is not a decision about your request. Do not look for a way around it (another tool, proxy, address, port or ' +
  'encoding): every way out passes the same gateway, and every attempt is logged. Tell the user, and go on without it.';

const PLAIN_FORM = 'Send it in the plain form that common clients use.';

const FOR_NOW = 'This is not a decision about your request, and it is temporary.';

/**
 * Next steps of refusals that differ from others of their kind. A client gets no details of a failure within TLS: see
 * bottle/log/advice.ts. The remaining `protocol` refusals are about forms that servers read in different ways.
 */
const STEPS: Readonly<Record<string, string>> = {
  'gateway.body': 'Send less at a time: a shorter body, or fewer at once.',
  'gateway.guessing':
    'Nothing more goes out of this bottle. The user must stop it, look at its log (bot-bottle logs), renew that secret if the ' +
    'agent may know part of it, and start a new bottle.',
  'gateway.identity':
    'Send no credential of your own. If a secret is missing, the user must start the bottle again with it.',
  'gateway.mismatch':
    'Name the same host and port in CONNECT, in the URL, in the Host header and in the TLS server name.',
  'gateway.placeholder':
    'Send a placeholder only to the hosts of its rule, and only where that rule puts the secret.',
};

interface Wording {
  readonly status: number;
  readonly error: string;
  /** Used where `STEPS` has none for the rule. */
  readonly nextStep: (asked: Asked, rule: string, reason: string) => string;
  /** Set where the refusal is no decision on the request. */
  readonly forAgents?: string;
}

const WORDING: Readonly<Record<Refusal['kind'], Wording>> = {
  policy: {
    status: 403,
    error: 'denied_by_policy',
    nextStep: nextStepByPolicy,
  },
  protocol: {
    status: 403,
    error: 'denied_by_protocol',
    nextStep: () => PLAIN_FORM,
  },
  closed: {
    status: 503,
    error: 'not_open_yet',
    nextStep: () => 'Wait until the bottle is ready, then ask again.',
    forAgents: FOR_NOW,
  },
  changed: {
    status: 503,
    error: 'policy_changed',
    nextStep: () => 'Ask again: the gateway judges it by the present rules.',
    forAgents: FOR_NOW,
  },
  content: {
    status: 403,
    error: 'denied_by_content',
    nextStep: () =>
      'Send it without what the gateway found. If it may leave, the user can allow that on the rule (dlp: warn, or ' +
      'undecodable: pass for undecodable content), or let the gateway insert the secret (inject:).',
  },
  address: {
    status: 403,
    error: 'denied_by_address',
    nextStep: (asked) =>
      `If this address is meant, the user can pin it on the rule: - ${ruleFor(asked, 'addresses: [ADDRESS]')}`,
  },
  lookup: {
    status: 502,
    error: 'lookup_failed',
    nextStep: () =>
      'The rule allows this host, but the gateway could not look up its name. Check the name, and the network of the ' +
      'computer that bot-bottle runs on.',
    forAgents: NO_DECISION,
  },
  budget: {
    status: 403,
    error: 'denied_by_budget',
    nextStep: ({ host }, rule) =>
      rule === 'gateway.rule-budget'
        ? `Nothing more goes to ${host} by this rule. The user can raise its max_bytes in bot-bottle.yaml.`
        : 'Nothing more goes out of this bottle. The user can raise the limit in bot-bottle.yaml, under egress, and start a new one.',
  },
  busy: {
    status: 503,
    error: 'too_much_at_once',
    nextStep: () => 'Ask again when some of them have ended.',
    forAgents:
      'This is a limit of this bottle, not a fault of the host: send fewer requests at the same time.',
  },
  audit: {
    status: 503,
    error: 'audit_unavailable',
    nextStep: () =>
      'Nothing goes out while the gateway cannot write the audit log. If the disk is full, the user must make room on it; if the ' +
      'log has reached its limit, the user must stop this bottle and start a new one.',
    forAgents: NO_DECISION,
  },
};

/** Returns whether the refusal is a decision on the request. Otherwise it is temporary, or another component failed. */
export const isDecision = ({ kind }: Refusal): boolean => WORDING[kind].forAgents === undefined;

/** Returns the answer to a refused request. */
export function describeRefusal(asked: Asked, refusal: Refusal): Answer {
  const { status, error, nextStep, forAgents = FOR_AGENTS } = WORDING[refusal.kind];
  const { rule, reason } = refusal;
  const { host, port } = asked;
  return {
    status,
    body: {
      error,
      rule,
      host,
      port,
      reason,
      nextStep: STEPS[rule] ?? nextStep(asked, rule, reason),
      forAgents,
    },
    proxyStatus: proxyErrorOf(refusal),
  };
}

/** Returns the proxy error type by RFC 9209, 2.3. */
function proxyErrorOf(refusal: Refusal): string {
  if (refusal.kind === 'lookup') return 'dns_error';
  return isDecision(refusal) ? 'http_request_denied' : 'proxy_internal_error';
}

/** Chooses the next step so that a refusal by a rule does not suggest allowing the whole host. */
function nextStepByPolicy(asked: Asked, rule: string, reason: string): string {
  if (isUnclearRequest(reason)) return `Rules with limits never allow this form. ${PLAIN_FORM}`;
  if (isByNumber(asked) && rule !== 'default')
    return 'GitHub’s links to next pages name the repository by its number. Ask for /repos/OWNER/NAME/..., with ?page=2 and so on at its end.';
  if (/(?:^|\.)egress\.deny\[/.test(rule))
    return 'A deny rule of the user names it, and deny beats allow: only removing that rule would allow it.';
  if (reason === ESCAPED_SLASH_ALONE)
    return `The user can add the path with %2F in it to the rule ${rule} in bot-bottle.yaml, as in /@scope%2F*.`;
  if (rule !== 'default') return `The user can widen the rule ${rule} in bot-bottle.yaml.`;
  if (isBottleItself(asked.host)) return ofTheBottle(asked);
  return `The user can allow it in bot-bottle.yaml, under egress.allow: - ${ruleFor(asked)}`;
}

const ofTheBottle = ({ port, scheme }: Asked): string =>
  `Servers in the bottle are not behind the proxy: ask for ${scheme === 'http' ? 'http' : 'https'}://127.0.0.1:${port} without it ` +
  '(NO_PROXY has that address). A service of the user’s computer needs a rule with another name, and addresses: [127.0.0.1].';

/** Returns whether the path is from the `Link` header of GitHub's lists, which does not name the repository. */
const isByNumber = ({ host, method, path = '' }: Asked): boolean =>
  host === 'api.github.com' && (method === 'GET' || method === 'HEAD') && /^\/repositories\/\d+\//.test(path);

function ruleFor(asked: Asked, more?: string): string {
  const parts = [`host: ${asked.host.includes(':') ? JSON.stringify(asked.host) : asked.host}`];
  if (asked.port !== (asked.scheme === 'http' ? 80 : 443)) parts.push(`port: ${asked.port}`);
  if (asked.scheme === 'http') parts.push('scheme: http');
  if (more !== undefined) parts.push(more);
  return parts.length === 1 ? `${parts[0]}` : `{ ${parts.join(', ')} }`;
}
