import type { TLSSocket } from 'node:tls';
import { reasonOf } from '../../errors.ts';
import { isDecision } from '../gate/denial.ts';
import { canonicalHost, type Endpoint, type Host } from '../message/canonical.ts';
import { dialTunnel } from '../outward/dial.ts';
import { readFirstBytes } from '../tunnel/first-bytes.ts';
import type { Asked, Gate, Judged, Refusal } from '../gate/gate.ts';
import { endWith } from '../tunnel/last-bytes.ts';
import { joinTunnel } from '../tunnel/join.ts';
import type { Entrance } from '../message/target.ts';
import type { Wire } from '../tunnel/wire.ts';
import type { TlsServers } from './servers.ts';
import { MAX_HELLO_BYTES, readClientHello, type HelloReading } from './client-hello.ts';

/**
 * Serves TLS: the name in the ClientHello decides, and nothing else may contradict it. Then the gateway opens the
 * connection, or passes it on unchanged.
 */

export interface TlsParts {
  readonly gate: Gate;
  /** Undefined where no rule opens TLS. */
  readonly servers: TlsServers | undefined;
  /** Serves the protocol inside TLS. */
  readonly acceptSecure: (secure: TLSSocket, entrance: Entrance) => void;
}

export interface TlsOpening {
  /** Holds the ClientHello, which goes to the host unchanged. */
  readonly wire: Wire;
  readonly hello: Exclude<HelloReading, { state: 'more' }>;
  readonly via: 'tls' | 'connect';
  /** From the CONNECT request, with its early verdict; undefined on the transparent port. */
  readonly bound?: { readonly endpoint: Endpoint; readonly earlier: Judged };
}

const HTTPS_PORT = 443;

/** Timeout for the client's first bytes, in milliseconds. */
export const HELLO_TIMEOUT_MS = 15_000;

/** Serves the transparent port: DNS has sent a connection for an allowed name here. */
export async function serveTlsPort(parts: TlsParts, wire: Wire): Promise<void> {
  const first = await readFirstBytes(wire, {
    maxBytes: 2 * MAX_HELLO_BYTES,
    timeoutMs: HELLO_TIMEOUT_MS,
    look: lookForHello,
  });
  if ('failed' in first) return wire.destroy();
  await serveTls(parts, { wire, hello: first.value, via: 'tls' });
}

/** Returns the ClientHello or its fault; undefined while it is incomplete. */
export function lookForHello(bytes: Buffer): TlsOpening['hello'] | undefined {
  const hello = readClientHello(bytes);
  return hello.state === 'more' ? undefined : hello;
}

/** Serves one connection until its tunnel is open, or it is refused. */
export async function serveTls(parts: TlsParts, opening: TlsOpening): Promise<void> {
  const { gate } = parts;
  const { wire, bound } = opening;
  const named = nameOf(gate, opening);
  const asked: Asked = {
    via: opening.via,
    host: 'host' in named ? named.host.host : named.shown,
    port: bound?.endpoint.port ?? HTTPS_PORT,
    scheme: 'https',
  };
  if ('rule' in named) {
    gate.refuse(asked, named.rule, named.reason);
    return endWith(wire, alertRecord(named.alert));
  }
  const endpoint = { host: named.host, port: asked.port };
  if (gate.opensTls(asked.host, asked.port)) return await open(parts, opening, { asked, endpoint });
  const judged = await gate.judge(asked, bound?.earlier);
  const passage = judged.verdict === 'deny' ? judged : await gate.open(judged);
  if (passage.verdict === 'deny') return endWith(wire, alertRecord(alertFor(passage)));
  try {
    joinTunnel(wire, await dialTunnel(passage.route, asked), passage);
  } catch (error) {
    passage.end({ bytes: 0, reason: reasonOf(error) });
    endWith(wire, alertRecord('internalError'));
  }
}

/**
 * Opens TLS. Each request inside is judged separately; this only checks whether any could be allowed, because otherwise
 * no handshake is needed.
 */
async function open(
  { gate, servers, acceptSecure }: TlsParts,
  { wire, via }: TlsOpening,
  { asked, endpoint }: { readonly asked: Asked; readonly endpoint: Endpoint },
): Promise<void> {
  const judged = await gate.judge({ ...asked, scheme: undefined });
  if (judged.verdict === 'deny') return endWith(wire, alertRecord(alertFor(judged)));
  if (servers === undefined) return endWith(wire, alertRecord('internalError'));
  try {
    const secure = await servers.open(wire.release(), endpoint.host.host);
    const leave = gate.attend({ ...asked, scheme: undefined }, () => secure.destroy());
    secure.once('close', leave);
    if (secure.destroyed) return;
    const tls = `${secure.getProtocol()} ${secure.alpnProtocol || 'http/1.1'}`;
    acceptSecure(secure, { via, bound: endpoint, isSecure: true, tls });
  } catch (error) {
    const { rule, reason } = describeHandshake(error);
    gate.refuse(asked, rule, reason);
    wire.destroy();
  }
}

const alertFor = (refusal: Refusal): Alert => (isDecision(refusal) ? 'accessDenied' : 'internalError');

interface Unnamed {
  readonly rule: string;
  readonly reason: string;
  readonly alert: Alert;
  /** For the log: the name that comes closest. */
  readonly shown: string;
}

/** Returns the host that the ClientHello names, if the name is credible. */
function nameOf(gate: Gate, opening: TlsOpening): { readonly host: Host } | Unnamed {
  const named = nameInClear(opening);
  const { hello, bound } = opening;
  if ('rule' in named || hello.state === 'refused' || !hello.encrypted) return named;
  // Browsers always send something that looks like ECH. If TLS ends here, the gateway passes none of it on, and the
  // visible name is all that counts.
  if (gate.opensTls(named.host.host, bound?.endpoint.port ?? HTTPS_PORT)) return named;
  return {
    rule: 'gateway.encrypted-name',
    reason: 'the ClientHello hides the name of the host (ECH)',
    alert: 'handshakeFailure',
    shown: named.host.host,
  };
}

function nameInClear({ hello, bound }: TlsOpening): { readonly host: Host } | Unnamed {
  const expected = bound?.endpoint.host;
  const shown = expected?.host ?? (hello.state === 'hello' ? (hello.serverName ?? '') : '');
  const unnamed = (rule: string, reason: string, alert: Alert = 'unrecognizedName'): Unnamed => ({
    rule,
    reason,
    alert,
    shown,
  });
  if (hello.state === 'refused')
    return unnamed('gateway.not-tls', `the first message of the client ${hello.reason}`, 'handshakeFailure');
  if (hello.serverName === undefined) {
    // A server name never contains an address (RFC 6066, 3): for an address, its absence is correct.
    if (expected !== undefined && expected.kind !== 'name') return { host: expected };
    return unnamed('gateway.no-server-name', 'the ClientHello names no host (no SNI)');
  }
  const host = canonicalHost(hello.serverName);
  if ('refused' in host) return unnamed('gateway.malformed', `the server name ${host.refused}`);
  if (host.kind !== 'name') return unnamed('gateway.malformed', 'the server name is an address');
  if (expected !== undefined && expected.host !== host.host) {
    return unnamed('gateway.mismatch', `CONNECT names ${expected.host}, the TLS server name ${host.host}`);
  }
  return { host };
}

/** The reason why a client's handshake failed, in words. */
export interface HandshakeFault {
  readonly rule: 'gateway.handshake' | 'gateway.not-http';
  readonly reason: string;
}

/** Reasons by the codes that Node derives from OpenSSL's reasons (nodejs.org/api/errors.html, OpenSSL error codes). */
const UNFINISHED: Readonly<Record<string, string>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not continue in time',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the authority of the bottle',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not trust the certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not trust the certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'it does not accept certificates of this kind',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it considers the certificate expired: its clock may be wrong',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not support TLS 1.2 or later',
  ERR_SSL_NO_SHARED_CIPHER: 'it offers no secure cipher',
};

/** OpenSSL 3.2 and later use both prefixes for alerts. */
const BOTH = 'ERR_SSL_SSL/TLS_ALERT_';
const ONE = 'ERR_SSL_SSLV3_ALERT_';

/** Describes an error of `servers.open`, for the log and for advice. */
export function describeHandshake(error: unknown): HandshakeFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_SSL_NO_APPLICATION_PROTOCOL')
    return { rule: 'gateway.not-http', reason: 'the client wants another protocol than HTTP inside TLS' };
  // OpenSSL's message continues with file and line of its source.
  const own = error instanceof Error && 'reason' in error ? String(error.reason) : reasonOf(error);
  return {
    rule: 'gateway.handshake',
    reason: `the client did not finish the TLS handshake: ${UNFINISHED[code.replace(BOTH, ONE)] ?? own}`,
  };
}

/** TLS alerts (RFC 8446, 6), which refuse a client before any handshake. */
const DESCRIPTION = {
  handshakeFailure: 40,
  accessDenied: 49,
  internalError: 80,
  unrecognizedName: 112,
} as const;

type Alert = keyof typeof DESCRIPTION;

/** Returns a fatal alert as a separate, unencrypted record. */
function alertRecord(alert: Alert): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, DESCRIPTION[alert]]);
}
