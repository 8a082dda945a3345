import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Addressed } from '../message/canonical.ts';
import { CIPHERS } from '../tunnel/ciphers.ts';
import { readShared } from '../tunnel/shared-reads.ts';
import type { Wire } from '../tunnel/wire.ts';
import { dialTunnel } from './dial.ts';
import type { Route } from './route.ts';

/** TLS to upstreams: with the host's trusted certificates, for the requested name, and at least TLS 1.2. */

export type Protocol = 'h2' | 'http/1.1';

/**
 * Connects to a host that has proved its name, and offers these protocols.
 * @throws Error with the reason, for people
 */
export type DialTls = (
  to: { readonly route: Route; readonly asked: Addressed },
  protocols: readonly Protocol[],
) => Promise<TLSSocket>;

const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Maximum of hosts whose last session is kept for resumption. */
const MAX_SESSIONS = 64;

/**
 * A resumed session does not show the certificate again, so a session may be resumed only while the certificate is
 * valid.
 */
interface Session {
  readonly bytes: Buffer;
  readonly untilMs: number;
}

/**
 * Returns a function that dials TLS. `trustPath`: PEM file of the certificates that this host trusts. Undefined: those
 * of Node. The file is read at first use. `upstreamSilenceMs`: how long a host may be silent in total. A handshake may
 * take at most half of it.
 */
export function createDialTls(trustPath: string | undefined, upstreamSilenceMs: number): DialTls {
  const limitMs = Math.min(HANDSHAKE_TIMEOUT_MS, upstreamSilenceMs / 2);
  let context: SecureContext | undefined;
  const trust = (): SecureContext =>
    (context ??= createSecureContext({
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      // A trusted authority need not be a root: curl and Go end a chain at it too.
      allowPartialTrustChain: true,
      ...(trustPath === undefined ? {} : { ca: readFileSync(trustPath) }),
    }));
  const sessions = new Map<string, Session>();
  const open = async (asked: Addressed, wire: Wire, { protocols, session }: Offer): Promise<TLSSocket> => {
    let untilMs = session?.untilMs ?? 0;
    const secure = connect({
      socket: wire.release(),
      secureContext: trust(),
      ALPNProtocols: [...protocols],
      // Not called for a resumed session.
      checkServerIdentity: (_, certificate) => {
        untilMs = endOf(certificate);
        return checkServerIdentity(asked.host, certificate);
      },
      ...(isIP(asked.host) === 0 ? { servername: asked.host } : {}),
      ...(session === undefined ? {} : { session: session.bytes }),
    });
    secure.on('session', (latest) => {
      if (sessions.size >= MAX_SESSIONS) sessions.clear();
      sessions.set(keyOf(asked), { bytes: latest, untilMs });
    });
    return await untilSecure(secure, asked.host, limitMs);
  };
  return async ({ route, asked }, protocols) => {
    const wire = await dialTunnel(route, asked);
    const startedMs = performance.now();
    const kept = sessions.get(keyOf(asked));
    const session = kept !== undefined && kept.untilMs > Date.now() ? kept : undefined;
    try {
      return await open(asked, wire, { protocols, session });
    } catch (error) {
      if (session === undefined) throw error;
      // Some hosts break off when they do not know a session any more, and would at each attempt. The connection has
      // carried no request yet.
      sessions.delete(keyOf(asked));
      if (performance.now() - startedMs >= limitMs) throw error;
      return await open(asked, await dialTunnel(route, asked), { protocols, session: undefined });
    }
  };
}

/** The client's offer to a host. */
interface Offer {
  readonly protocols: readonly Protocol[];
  readonly session: Session | undefined;
}

const keyOf = ({ host, port }: Addressed): string => `${host}:${port}`;

/** Returns when the first certificate of a chain expires, in milliseconds since the epoch. */
function endOf(certificate: PeerCertificate | DetailedPeerCertificate): number {
  const end = Date.parse(certificate.valid_to);
  const issuer = 'issuerCertificate' in certificate ? certificate.issuerCertificate : undefined;
  // A root is its own issuer.
  return issuer === undefined || issuer === certificate ? end : Math.min(end, endOf(issuer));
}

function untilSecure(secure: TLSSocket, host: string, limitMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => secure.destroy(new Error(`it did not answer within ${limitMs / 1_000} s`)),
      limitMs,
    );
    const fail = (error?: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(new Error(describeFault(host, error)));
    };
    const onClose = (): void => fail();
    secure.once('error', fail).once('close', onClose);
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', fail).off('close', onClose);
      readShared(secure);
      resolve(secure);
    });
  });
}

const CLOCK = '; is this host’s clock right?';

/** Explanations of OpenSSL's and Node's error codes about certificates. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: `has expired${CLOCK}`,
  CERT_NOT_YET_VALID: `is not valid yet${CLOCK}`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself, and this host does not trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an authority that this host does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by an authority that this host does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is signed by an authority that this host does not trust',
  CERT_REVOKED: 'was revoked',
};

function describeFault(host: string, error?: NodeJS.ErrnoException): string {
  if (error === undefined) return `TLS with ${host} failed: it closed the connection`;
  const fault = CERTIFICATE_FAULTS[error.code ?? ''];
  if (fault !== undefined) return `the certificate of ${host} ${fault} (${error.code})`;
  return `TLS with ${host} failed: ${error.code ?? error.message}`;
}
