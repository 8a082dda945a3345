import { reasonOf } from '../../../errors.ts';
import type { Passage } from '../../gate/gate.ts';
import type { Scrub } from '../../inject/scrub/scrub.ts';

/** Error codes of a host that has gone, which most readers would have to look up. */
const BROKEN_OFF = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/**
 * OpenSSL wraps its own words in numbers: its thread, which is an address in the gateway's memory, and lines of its
 * source.
 */
const OPENSSL = /[0-9A-F]+:error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]*):/;
const WANTS_CERTIFICATE =
  'it requires a client certificate, and the gateway has none (with tls: pass, the program can present its own)';

/** Returns why a host failed, for people. */
export function faultOf(error: unknown): string {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = reasonOf(error);
  const [, words] = OPENSSL.exec(reason) ?? [];
  if (words !== undefined)
    return `TLS with the upstream failed: ${words.endsWith('certificate required') ? WANTS_CERTIFICATE : words}`;
  return BROKEN_OFF.has(code) ? `the upstream broke off the connection (${reason})` : reason;
}

/**
 * Returns the same for the client and the log. It scrubs a host's own words, because they may contain what the host was
 * lent.
 */
export function scrubbedFault(error: unknown, { isLent }: Pick<Passage, 'isLent'>, scrub: Scrub): string {
  const fault = faultOf(error);
  return isLent ? scrub.text(fault) : fault;
}

/**
 * Maps reasons to the errors of a proxy (RFC 9209, 2.3), by the words of the gateway and of Node. Parts of the gateway
 * pass errors on as reasons for people. The first match counts.
 */
const PROXY_ERRORS: readonly (readonly [reason: RegExp, error: string])[] = [
  [/^connect ECONNREFUSED /, 'connection_refused'],
  [
    /^(?:connect )?ETIMEDOUT\b|^TLS with \S+ failed: it did not answer within |^the proxy \S+ sent no complete message in time/,
    'connection_timeout',
  ],
  [
    /^the upstream (?:had no room for the request |accepts no more requests, and )/,
    'connection_limit_reached',
  ],
  [/^connect (?:EHOSTUNREACH|ENETUNREACH) /, 'destination_ip_unroutable'],
  [/^the certificate of /, 'tls_certificate_error'],
  [/^TLS with /, 'tls_protocol_error'],
  [
    /^the (?:upstream’s )?answer is malformed HTTP|^the upstream’s WebSocket handshake is invalid/,
    'http_protocol_error',
  ],
  [
    /^the upstream (?:closed the connection in the middle of its answer|gave no answer)/,
    'http_response_incomplete',
  ],
  [/^the upstream (?:broke off|closed) |^the policy of this bottle changed/, 'connection_terminated'],
  [/^the upstream has taken no more /, 'connection_write_timeout'],
  [/^the upstream has not begun to answer /, 'http_response_timeout'],
  [
    /^the answer (?:has (?:a|more than \d+) content coding|compresses each message)/,
    'http_response_content_coding',
  ],
  [/^the content (?:is (?:longer|shorter) than|does not have the) announced/, 'http_request_error'],
  [/^the proxy \S+ answered (?:HTTP\/1\.[01] )?407\b/, 'proxy_configuration_error'],
];

/** Returns why no answer came, for programs. */
export function proxyErrorOf(reason: string): string {
  return PROXY_ERRORS.find(([words]) => words.test(reason))?.[1] ?? 'destination_unavailable';
}
