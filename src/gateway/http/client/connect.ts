import { reasonOf } from '../../../errors.ts';
import { canonicalEndpoint, type Endpoint } from '../../message/canonical.ts';
import { describeRefusal } from '../../gate/denial.ts';
import { dialTunnel } from '../../outward/dial.ts';
import { readFirstBytes } from '../../tunnel/first-bytes.ts';
import type { Asked, Gate, Judged } from '../../gate/gate.ts';
import { respondRaw, upstreamFailed } from '../exchange/error-response.ts';
import { isSameEndpoint, type Entrance } from '../../message/target.ts';
import { MAX_HELLO_BYTES } from '../../tls/client-hello.ts';
import { HELLO_TIMEOUT_MS, lookForHello, serveTls, type TlsOpening, type TlsParts } from '../../tls/serve.ts';
import { joinTunnel } from '../../tunnel/join.ts';
import type { Wire } from '../../tunnel/wire.ts';

/**
 * The proxy port. CONNECT is judged by host and port at once, so that the client can read a refusal, and again by the
 * protocol in the tunnel. The gateway dials nothing before that, except for a rule of scheme tcp, where the host may
 * speak first. The rest is HTTP.
 */

export interface ConnectRequest {
  readonly target: string;
  /** The values of all Host headers. */
  readonly hosts: readonly string[];
  /** Holds the bytes after the head. */
  readonly wire: Wire;
}

export interface ConnectParts {
  readonly gate: Gate;
  readonly tls: TlsParts;
  /** Serves plain HTTP inside the tunnel. */
  readonly acceptHttp: (wire: Wire, entrance: Entrance) => void;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';
const TLS_HANDSHAKE = 22;

/** Timeout in milliseconds, also for idle connections that clients keep for a later request. */
const FIRST_REQUEST_TIMEOUT_MS = 60_000;

/** Serves one connection from its first byte. Answers and logs refusals instead of throwing. */
export async function serveProxyPort(parts: ConnectParts, wire: Wire): Promise<void> {
  const limits = { maxBytes: MAX_HEAD_BYTES, timeoutMs: FIRST_REQUEST_TIMEOUT_MS, look: readFirstWords };
  const first = await readFirstBytes(wire, limits);
  if ('failed' in first) return wire.destroy();
  const words = first.value;
  if (words.kind === 'other') return parts.acceptHttp(wire, { via: 'proxy' });
  if (words.kind === 'connect') {
    wire.drop(words.headBytes);
    return await serveConnect(parts, { target: words.target, hosts: words.hosts, wire });
  }
  const asked = { via: 'connect', host: '', port: 0 } as const;
  const refusal = parts.gate.refuse(asked, 'gateway.malformed', `the CONNECT request ${words.reason}`);
  respondRaw(wire, describeRefusal(asked, refusal));
}

/** Serves one CONNECT request until its tunnel is open or refused. */
export async function serveConnect(parts: ConnectParts, request: ConnectRequest): Promise<void> {
  const { gate } = parts;
  const { wire } = request;
  const endpoint = readEndpoint(request);
  if ('rule' in endpoint) {
    const asked = { via: 'connect', host: request.target, port: 0 } as const;
    const refusal = gate.refuse(asked, endpoint.rule, endpoint.reason);
    return respondRaw(wire, describeRefusal(asked, refusal));
  }
  const asked: Asked = { via: 'connect', host: endpoint.host.host, port: endpoint.port };
  const earlier = await gate.judge(asked);
  if (earlier.verdict === 'deny') return respondRaw(wire, describeRefusal(asked, earlier));
  if (gate.allowsRaw(asked)) await serveRaw(gate, { ...asked, scheme: 'tcp' }, { wire, earlier });
  else await serveSpoken(parts, { wire, endpoint, earlier });
}

function readEndpoint({
  target,
  hosts,
}: ConnectRequest): Endpoint | { readonly rule: string; readonly reason: string } {
  const endpoint = canonicalEndpoint(target, undefined);
  if ('refused' in endpoint)
    return { rule: 'gateway.malformed', reason: `the CONNECT target ${endpoint.refused}` };
  for (const text of hosts) {
    const host = canonicalEndpoint(text, endpoint.port);
    if ('refused' in host) return { rule: 'gateway.malformed', reason: `the Host header ${host.refused}` };
    if (!isSameEndpoint(host, endpoint))
      return { rule: 'gateway.mismatch', reason: `CONNECT names ${target}, the Host header ${text}` };
  }
  return endpoint;
}

/** A rule of scheme tcp allows any protocol. */
async function serveRaw(
  gate: Gate,
  asked: Asked,
  { wire, earlier }: { wire: Wire; earlier: Judged },
): Promise<void> {
  const judged = await gate.judge(asked, earlier);
  const passage = judged.verdict === 'deny' ? judged : await gate.open(judged);
  if (passage.verdict === 'deny') return respondRaw(wire, describeRefusal(asked, passage));
  try {
    const upstream = await dialTunnel(passage.route, asked);
    wire.write(ESTABLISHED);
    joinTunnel(wire, upstream, passage);
  } catch (error) {
    const reason = reasonOf(error);
    passage.end({ bytes: 0, reason });
    respondRaw(wire, upstreamFailed(asked, reason));
  }
}

interface Spoken {
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly earlier: Judged;
}

/** Serves TLS or HTTP, by the first byte. */
async function serveSpoken(
  { gate, tls, acceptHttp }: ConnectParts,
  { wire, endpoint, earlier }: Spoken,
): Promise<void> {
  wire.write(ESTABLISHED);
  const first = await readFirstBytes(wire, {
    maxBytes: 2 * MAX_HELLO_BYTES,
    timeoutMs: HELLO_TIMEOUT_MS,
    look: readOpening,
  });
  if ('failed' in first) {
    if (!first.isUnused) gate.refuse(earlier.asked, 'gateway.not-tls', `the client ${first.failed}`);
    return wire.destroy();
  }
  if (first.value !== 'http') {
    return await serveTls(tls, {
      wire,
      hello: first.value,
      via: 'connect',
      bound: { endpoint, earlier },
    });
  }
  acceptHttp(wire, { via: 'connect', bound: endpoint });
}

function readOpening(bytes: Buffer): 'http' | TlsOpening['hello'] | undefined {
  return bytes[0] === TLS_HANDSHAKE ? lookForHello(bytes) : 'http';
}

/**
 * The head of a CONNECT request (RFC 9112). It is parsed separately, because the bytes after it belong to the tunnel,
 * not to HTTP.
 */
type FirstWords =
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | {
      readonly kind: 'connect';
      readonly target: string;
      /** The values of all Host headers. */
      readonly hosts: readonly string[];
      readonly headBytes: number;
    };

const MAX_HEAD_BYTES = 16_384;

const METHOD = Buffer.from('CONNECT ');
const LINES_END = '\r\n\r\n';
const REQUEST_LINE = /^CONNECT ([!-~]+) HTTP\/1\.[01]$/;
/** Each header has a separate line (RFC 9112, 5), without folding. */
const HEADER_LINES = /^(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~\t\x80-\xff]*)*$/;
const HOST_LINE = /\r\nhost:[ \t]*([^\r]*)/gi;
/**
 * A CONNECT request has no body (RFC 9110, 9.3.6), so announcing one is an attempt to confuse. A length of 0 announces
 * none, and Erlang's httpc, which Hex uses, sends it.
 */
const BODY_LINE = /\r\n(?:content-length:(?![ \t]*0[ \t]*(?:\r|$))|transfer-encoding:)/i;

/** Classifies the first bytes on the proxy port. Undefined: more bytes are needed. */
export function readFirstWords(bytes: Buffer): FirstWords | undefined {
  const known = Math.min(bytes.length, METHOD.length);
  if (bytes.compare(METHOD, 0, known, 0, known) !== 0) return { kind: 'other' };
  const end = bytes.indexOf(LINES_END);
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const firstLine = head.indexOf('\r\n');
  const headers = firstLine === -1 ? '' : head.slice(firstLine);
  const target = REQUEST_LINE.exec(firstLine === -1 ? head : head.slice(0, firstLine))?.[1];
  if (target === undefined) return { kind: 'malformed', reason: 'is not a request line' };
  if (!HEADER_LINES.test(headers)) return { kind: 'malformed', reason: 'has a malformed header' };
  if (BODY_LINE.test(headers)) return { kind: 'malformed', reason: 'announces a body' };
  const hosts = Array.from(headers.matchAll(HOST_LINE), ([, value = '']) => value.trim());
  return { kind: 'connect', target, hosts, headBytes: end + LINES_END.length };
}
