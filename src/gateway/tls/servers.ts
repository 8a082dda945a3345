import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Authority, Leaf } from './authority/authority.ts';
import { CIPHERS } from '../tunnel/ciphers.ts';
import { readShared } from '../tunnel/shared-reads.ts';

/** TLS as the bottle meets it: a server for each host, with a certificate of the bottle's own authority. */

/** Enough for what a task talks to; a wildcard may be asked for without end. */
const MAX_SERVERS = 256;
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Renewed well before it ends, because connections last. */
const RENEW_BEFORE_MS = 6 * 3_600_000;

/** All that many a client says of a certificate that it does not trust. */
const CLOSED = 'it closed the connection, as clients do that do not trust the certificate';

export interface TlsServers {
  /** Opens TLS on a connection whose ClientHello is still to be read; settles after the handshake. @throws Error when it fails */
  open(socket: Socket, host: string): Promise<TLSSocket>;
}

/** Servers are kept by host: with them, sessions can be resumed. */
export function createTlsServers(authority: Authority): TlsServers {
  const kept = new Map<string, Kept>();
  const waiting = new Map<string, Waiting>();
  const keptFor = (host: string): Kept => {
    const found = kept.get(host);
    kept.delete(host); // to be the youngest again
    const nowMs = Date.now();
    // Nor of a time to come: a clock that went too far may have been put back since.
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
        // Who has said all before the handshake is over will not finish it; later, it may still wait for an answer.
        socket.allowHalfOpen = false;
        socket.once('close', onClose);
        const { leaf, server } = keptFor(host);
        // Connections by Unix sockets are all from the same place: each has a server of its own.
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

/** The server gives another object than it was given, for the same connection. */
function placeOf({ remoteAddress = '', remotePort = 0, localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
