import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Authority, Leaf } from './authority/authority.ts';
import { CIPHERS } from '../tunnel/ciphers.ts';
import { readShared } from '../tunnel/shared-reads.ts';

/** Serves TLS to the bottle: one server for each host, with a certificate of the bottle's own authority. */

/** Enough for the hosts of a task; under a wildcard, a client may ask for any number of names. */
const MAX_SERVERS = 256;
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Certificates are renewed this long before they expire, because connections last. */
const RENEW_BEFORE_MS = 6 * 3_600_000;

/** The message for clients that only close the connection when they do not trust a certificate. */
const CLOSED = 'it closed the connection, as clients do when they do not trust the certificate';

export interface TlsServers {
  /**
   * Opens TLS on a connection whose ClientHello is still to be read; settles after the handshake.
   * @throws Error when the handshake fails
   */
  open(socket: Socket, host: string): Promise<TLSSocket>;
}

/** Creates the servers and keeps them by host, so that clients can resume sessions. */
export function createTlsServers(authority: Authority): TlsServers {
  const kept = new Map<string, Kept>();
  const waiting = new Map<string, Waiting>();
  const keptFor = (host: string): Kept => {
    const found = kept.get(host);
    kept.delete(host); // moves it to the end, as the newest
    const nowMs = Date.now();
    // A certificate that is not valid yet is not good either: a clock that was ahead may have been set back since.
    const isGood = found !== undefined && found.renewAtMs > nowMs && found.leaf.notBefore.getTime() <= nowMs;
    const entry = isGood ? found : keep(authority.issue(host), waiting);
    kept.set(host, entry);
    const [oldest = ''] = kept.keys();
    if (kept.size > MAX_SERVERS) kept.delete(oldest);
    return entry;
  };
  return {
    open: async (socket, host) =>
      await new Promise((resolve, reject) => {
        const key = placeOf(socket);
        const isNowhere = socket.remoteAddress === undefined;
        const own = isNowhere ? new Map<string, Waiting>() : waiting;
        const settle = (error: Error | undefined, secure?: TLSSocket): void => {
          own.delete(key);
          socket.off('close', onClose);
          if (secure === undefined) reject(error ?? new Error(CLOSED));
          else {
            secure.allowHalfOpen = true;
            readShared(secure);
            resolve(secure);
          }
        };
        const onClose = (): void => settle(undefined);
        own.set(key, settle);
        // A client that has ended its side before the handshake is over will not finish it; later, it may still wait
        // for an answer.
        socket.allowHalfOpen = false;
        socket.once('close', onClose);
        const { leaf, server } = keptFor(host);
        // Connections through Unix sockets have no address that distinguishes them: each gets a separate server.
        (isNowhere ? makeServer(leaf, own) : server).emit('connection', socket);
      }),
  };
}

type Waiting = (error: Error | undefined, secure?: TLSSocket) => void;

interface Kept {
  readonly leaf: Leaf;
  readonly server: Server;
  readonly renewAtMs: number;
}

const keep = (leaf: Leaf, waiting: ReadonlyMap<string, Waiting>): Kept => ({
  leaf,
  server: makeServer(leaf, waiting),
  renewAtMs: leaf.notAfter.getTime() - RENEW_BEFORE_MS,
});

function makeServer({ certificate, key }: Leaf, waiting: ReadonlyMap<string, Waiting>): Server {
  const server = createServer({
    cert: certificate,
    key,
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  server.on('secureConnection', (secure) => waiting.get(placeOf(secure))?.(undefined, secure));
  server.on('tlsClientError', (error, secure) => {
    waiting.get(placeOf(secure))?.(error);
    secure.destroy();
  });
  return server;
}

/** Identifies a connection: the server emits another object for it than the one it received. */
function placeOf({ remoteAddress = '', remotePort = 0, localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
