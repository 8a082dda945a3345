import type { Asked, Refusal } from './gate.ts';
import type { Answer } from './http/error-response.ts';

/** How a refusal reads: to a program, to the person behind it, and to the agent that is tempted to find a way round. */

const FOR_AGENTS =
  'This is a decision of the policy of this bottle, not a fault. Do not retry, and do not look for a way round it ' +
  '(another tool, proxy, address, port or encoding): every way out passes the same policy, and every attempt is logged. ' +
  'Tell the user what you need and why, and go on without it.';

const PROTOCOL_STEPS: Readonly<Record<string, string>> = {
  'gateway.body': 'Send less at a time: a shorter body, or fewer at once.',
  'gateway.mismatch':
    'Name the same host and port in CONNECT, in the URL, in the Host header and in the TLS server name.',
};

interface Wording {
  readonly status: number;
  readonly error: string;
  readonly nextStep: (asked: Asked, rule: string) => string;
  /** Where it is no decision. */
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
    nextStep: (_, rule) => PROTOCOL_STEPS[rule] ?? 'Send it in the plain form that common clients use.',
  },
  content: {
    status: 403,
    error: 'denied_by_content',
    nextStep: () =>
      'Send it without what was found. If it is meant to leave, the user can say so on the rule (dlp: warn, or ' +
      'undecodable: pass for what cannot be decoded), or give the gateway the secret to put in (inject:).',
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
      'The host is allowed, but its name could not be looked up. Check the name and the network of the host.',
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
    nextStep: () => 'When some of it has ended, this can be asked once more.',
    forAgents:
      'This is a limit of this bottle, and no fault of the host: have fewer requests under way at a time.',
  },
  audit: {
    status: 503,
    error: 'audit_unavailable',
    nextStep: () =>
      'Nothing goes out until the audit log can be written. The user must make room on the disk.',
  },
};

/** The answer to a request that is refused. */
export function describeRefusal(asked: Asked, refusal: Refusal): Answer {
  const { status, error, nextStep, forAgents = FOR_AGENTS } = WORDING[refusal.kind];
  const { rule, reason } = refusal;
  const { host, port } = asked;
  return {
    status,
    body: { error, rule, host, port, reason, nextStep: nextStep(asked, rule), forAgents },
    proxyStatus: refusal.kind === 'lookup' ? 'dns_error' : 'http_request_denied',
  };
}

/** A refusal by a rule is no reason to open the whole host. */
function nextStepByPolicy(asked: Asked, rule: string): string {
  if (/(?:^|\.)egress\.deny\[/.test(rule))
    return 'A deny rule of the user’s names it, and deny beats allow: only taking that rule out would allow it.';
  if (rule !== 'default') return `The user can widen the rule ${rule} in bot-bottle.yaml.`;
  return `The user can allow it in bot-bottle.yaml, under egress.allow: - ${ruleFor(asked)}`;
}

function ruleFor(asked: Asked, more?: string): string {
  const parts = [`host: ${asked.host.includes(':') ? JSON.stringify(asked.host) : asked.host}`];
  if (asked.port !== (asked.scheme === 'http' ? 80 : 443)) parts.push(`port: ${asked.port}`);
  if (asked.scheme === 'http') parts.push('scheme: http');
  if (more !== undefined) parts.push(more);
  return parts.length === 1 ? `${parts[0]}` : `{ ${parts.join(', ')} }`;
}
