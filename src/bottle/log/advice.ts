import { whyNeverSuggested } from '../policy-report/suggested-rule.ts';
import type { AuditLine } from '../../gateway/config.ts';
import { isBottleItself } from '../../gateway/policy/addresses.ts';
import { isUnclearRequest } from '../../gateway/policy/reasons.ts';

/** What a person can do about a refusal. Nothing here changes a manifest: the person reads the advice and decides. */

export interface Advice {
  /** The meaning of the refusal, in one sentence. */
  readonly says: string;
  /** The line under `egress.allow` that would allow it; null if no line would, or none should. */
  readonly allow: string | null;
}

/** The host that assets/handover/checks.pl requests before the agent runs, to see the gateway deny it. */
export const LAUNCH_CHECK_HOST = 'bot-bottle-launch-check.invalid';

/** Advice on refusals that do not come from a rule, by the id in their log lines. */
const OF_THE_GATEWAY: Readonly<Record<string, string>> = {
  'gateway.audit':
    'the log could not be written, so nothing went out: make room on the disk of this host, or, where the log has ' +
    'reached its limit, stop this bottle and start a new one',
  'gateway.body':
    'its content could not be inspected: too long to be signed, too much at once, or broken off; send less at a time',
  'gateway.budget': 'the bottle has reached a limit of its manifest: raise the limit there, if you mean to',
  'gateway.busy': 'too many requests ran at once: if you mean them, have the program send fewer at a time',
  'gateway.changed': 'the request came while the policy changed: the program may send it again',
  'gateway.closed': 'the request came before the launch checks had passed: nothing to do',
  'gateway.dlp':
    'a secret, or data that cannot be inspected, was about to leave: if you mean it, say so on the rule (dlp: warn, or ' +
    'undecodable: pass), or let the gateway add the secret (inject:)',
  'gateway.encrypted-name':
    'the client hides the name of the host (ECH), as browsers always do: say tls: open on the rule, or allow the port as scheme: tcp',
  'gateway.guessing':
    'requests with growing parts of one secret were refused or delayed, as if it were guessed: stop this bottle, look ' +
    'at its requests (logs), renew that secret, and start a new bottle',
  'gateway.handshake':
    'TLS between the client and the gateway failed: where the reason is trust, let the program trust the ' +
    'certificates of the bottle (/etc/bot-bottle/ca-certificates.pem; Playwright: channel: "chromium"); where it is old TLS, use a newer program; or say tls: pass on the rule',
  'gateway.identity':
    'the rule’s identity could not replace the request’s own credential: let the program send none',
  'gateway.malformed': 'servers would read this request in different ways: nothing to allow',
  'gateway.mismatch':
    'CONNECT, TLS name and Host name different hosts, as an attack would: check the program',
  'gateway.no-server-name': 'TLS without a name: allow the port as scheme: tcp, if it cannot send one',
  'gateway.not-http':
    'the protocol inside its TLS is not HTTP and cannot be inspected: allow it with tls: pass, if you mean to',
  'gateway.not-tls':
    'the rule expects TLS, and the client spoke none: allow it as scheme: http or tcp, if you mean to',
  'gateway.placeholder':
    'an identity’s placeholder was sent to another place: look at the agent’s actions, it may have been a theft',
  'gateway.rule-budget':
    'the rules of this host have reached their max_bytes: raise it there, if you mean to',
};

const OF_THE_BOTTLE =
  'the proxy does not lead to the bottle itself: have the program use 127.0.0.1 directly; a service of this host needs a ' +
  'rule with another name, and addresses: [127.0.0.1]';

type Refused = Pick<AuditLine, 'rule' | 'via' | 'host' | 'port' | 'method' | 'path' | 'reason'>;

/** The advice for a refusal, given its log line. */
export function adviseOn(line: Refused): Advice {
  const { rule, reason, host } = line;
  if (host === LAUNCH_CHECK_HOST) return { says: 'the launch check of this bottle: expected', allow: null };
  const ofGateway = OF_THE_GATEWAY[rule];
  if (ofGateway !== undefined) return { says: ofGateway, allow: null };
  if (rule.startsWith('gateway.')) return { says: reason, allow: null };
  if (rule === 'default' && isBottleItself(host)) return { says: OF_THE_BOTTLE, allow: null };
  if (rule === 'default') {
    const never = whyNeverSuggested(host);
    const says = 'no rule allows this host';
    return never === undefined ? { says, allow: ruleFor(line) } : { says: `${says}: ${never}`, allow: null };
  }
  if (/(?:^|\.)egress\.deny\[/.test(rule)) return { says: byDeny(rule, reason), allow: null };
  const next = OF_THE_NAME.find(({ told }) => told.test(reason))?.next;
  if (next !== undefined) return { says: `${rule} allows it, but ${reason}: ${next}`, allow: null };
  return { says: `${rule} is about this host, but ${reason}`, allow: null };
}

const byDeny = (rule: string, reason: string): string =>
  isUnclearRequest(reason)
    ? `${rule} may be about it, for ${reason}: have the program ask in a plainer form`
    : `${rule} denies it, and deny beats allow`;

/** Results of a lookup in the words of outward/lookup.ts. Suggests no address, because the name's owner chooses it. */
const OF_THE_NAME = [
  { told: /^\S+ leads to \S+ \(/, next: 'if that address is meant, pin it on the rule (addresses:)' },
  { told: /^\S+ does not resolve \(/, next: 'check the name, and the network of this host' },
];

const PLAIN_HOST = /^[a-z0-9._-]+$/;
const ADDRESS = /^[0-9a-f:]+$/;

function ruleFor({ via, host, port }: Refused): string | null {
  // The agent chose the name: only a plain name or an address may appear in a line that a user pastes.
  if (!PLAIN_HOST.test(host) && !ADDRESS.test(host)) return null;
  const parts = [`host: ${host.includes(':') ? JSON.stringify(host) : host}`];
  const isPlain = via === 'http' || via === 'proxy';
  if (via !== 'dns' && port !== (isPlain ? 80 : 443)) parts.push(`port: ${port}`);
  if (isPlain) parts.push('scheme: http');
  return parts.length === 1 ? `- ${parts[0]}` : `- { ${parts.join(', ')} }`;
}
