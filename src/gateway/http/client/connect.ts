import { reasonOf } from '../../../errors.ts';
import { canonicalEndpoint, type Endpoint } from '../../message/canonical.ts';
import { describeRefusal } from '../../gate/denial.ts';
import { dialTunnel } from '../../outward/dial.ts';
import { readFirstBytes } from '../../tunnel/first-bytes.ts';
import type { Asked, Gate, Judged } from '../../gate/gate.ts';
import { respondRaw, upstreamFailed } from '../exchange/error-response.ts';
import { isSame, type Entrance } from '../../message/target.ts';
import { MAX_HELLO_BYTES } from '../../tls/client-hello.ts';
import { HELLO_TIMEOUT_MS, lookForHello, serveTls, type TlsOpening, type TlsParts } from '../../tls/serve.ts';
import { joinTunnel } from '../../tunnel/join.ts';
import type { Wire } from '../../tunnel/wire.ts';

/**
 * CONNECT: judged by host and port at once, so that the client can read a refusal, and again by the protocol in the
 * tunnel. The gateway dials nothing before that, except for a rule of scheme tcp, where the host may speak first.
 */

export interface ConnectRequest {
  readonly target: string;
  /** The values of all Host headers. */
  readonly hosts: readonly string[];
  /** It holds the bytes after the head. */
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
    if (!isSame(host, endpoint))
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
