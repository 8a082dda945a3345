import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Gate } from '../gate.ts';
import type { DialTls } from '../outward/dialTls.ts';
import type { Screen } from '../screen/screen.ts';
import type { Wire } from '../tunnel/wire.ts';
import { admit } from './admit.ts';
import { respondTo } from './answer.ts';
import { inboundOf1, replyOf1 } from './client/h1.ts';
import { createHttp2Service } from './client/serve2.ts';
import type { ConnectRequest } from './connect.ts';
import { createForwarder } from './forward.ts';
import { valuesOf } from './headers.ts';
import { streamOf } from './stream.ts';
import { refuseConnect, refuseMalformed } from './malformed.ts';
import { isWebSocket, readTarget, type Entrance } from './target.ts';
import { upgrade, withoutUpgrade } from './upgrade.ts';

/** HTTP: on the proxy port, on port 80, inside a CONNECT to a host that is allowed plain HTTP, and inside opened TLS. */

const SERVER_OPTIONS: ServerOptions = {
  insecureHTTPParser: false,
  maxHeaderSize: 32_768,
  headersTimeout: 30_000,
  requestTimeout: 0, // an upload may take hours
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: false, // `readTarget` refuses it, and that is in the log
};

export interface HttpService {
  /** Takes over a connection of port 80. */
  acceptSocket(socket: Socket): void;
  /** Takes over a connection that was looked at before, with what it holds. */
  acceptWire(wire: Wire, entrance: Entrance): void;
  /** Takes over a connection whose TLS was opened. */
  acceptSecure(secure: TLSSocket, entrance: Entrance): void;
  /** Keeps no connection to a host that nothing runs on. */
  dropIdle(): void;
  close(): void;
}

export interface HttpParts {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly bottleId: string;
  readonly dialTls: DialTls;
  /** How long a host may do nothing where it is its turn. */
  readonly hostSilenceMs: number;
  /** A CONNECT on a connection that has carried other requests before; the wire holds what came behind it. */
  readonly onConnect: (request: ConnectRequest) => void;
}

/** Node's HTTP servers without a socket of their own. */
export function createHttpService(parts: HttpParts): HttpService {
  const { gate, screen, bottleId, dialTls, hostSilenceMs, onConnect } = parts;
  const entrances = new WeakMap<Duplex, Entrance & { readonly wire?: Wire }>();
  const entranceOf = (socket: Duplex): Entrance => entrances.get(socket) ?? { via: 'http' };
  const forwarder = createForwarder({ gate, screen, dialTls, hostSilenceMs });
  const server = createHalfOpenServer();
  const http2 = createHttp2Service({ gate, screen, dialTls, forwarder });
  /** Connections with a request that was refused for its form: what was sent behind it may be part of the trick. */
  const ending = new WeakSet<Duplex>();

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket, method = '', url = '', rawHeaders, httpVersion: version } = incoming;
    const entrance = entranceOf(socket);
    const reply = replyOf1(response);
    const target = readTarget(entrance, { method, url, headers: rawHeaders, version });
    if (target.kind === 'refused') ending.add(socket);
    if (target.kind === 'health')
      return respondTo(reply, { status: 200, body: { bottle: bottleId, status: 'ok' } });
    const admitted = await admit(inboundOf1(incoming, url), target, { gate, screen, entrance });
    if ('passage' in admitted) forwarder.forward({ ...admitted, reply, protocol: 'http/1.1' });
    else respondTo(reply, admitted);
  };

  server.on('request', (incoming, response) => {
    if (!ending.has(incoming.socket)) serve(incoming, response).catch(() => response.destroy());
  });

  server.on('upgrade', (incoming: IncomingMessage, stream: Duplex, rest: Buffer) => {
    if (ending.has(stream)) return;
    if (!isWebSocket(incoming.rawHeaders)) {
      stream.unshift(withoutUpgrade(incoming, rest));
      return void server.emit('connection', stream);
    }
    const upgradeParts = { gate, screen, dialTls, entrance: entranceOf(stream) };
    upgrade({ incoming, stream, rest }, upgradeParts).catch(() => stream.destroy());
  });

  server.on('connect', (incoming: IncomingMessage, socket: Duplex, rest: Buffer) => {
    const { via, wire } = entrances.get(socket) ?? { via: 'http' };
    if (via !== 'proxy' || wire === undefined)
      return refuseConnect({ gate, entrance: entranceOf(socket) }, socket);
    wire.hold(rest);
    onConnect({ target: incoming.url ?? '', hosts: valuesOf(incoming.rawHeaders, 'host'), wire });
  });

  refuseMalformed(server, gate, entranceOf);

  return {
    acceptSocket: (socket) => void server.emit('connection', heard(socket)),
    acceptWire: (wire, entrance) => {
      const stream = streamOf(wire);
      entrances.set(stream, { ...entrance, wire });
      server.emit('connection', heard(stream));
    },
    acceptSecure: (secure, entrance) => {
      if (secure.alpnProtocol === 'h2') return http2.accept(secure, entrance);
      entrances.set(secure, entrance);
      server.emit('connection', heard(secure));
    },
    dropIdle: () => forwarder.dropIdle(),
    close: () =>
      [{ close: () => server.closeAllConnections() }, http2, forwarder].forEach((one) => one.close()),
  };
}

/** Node's server takes its listener off a connection that is to be upgraded, and a break that nobody hears ends the process. */
function heard<Stream extends Duplex>(stream: Stream): Stream {
  return stream.on('error', () => undefined);
}

/** Undocumented, and there since Node 0.x: a client that has sent all it has to say still gets its answer. */
function createHalfOpenServer(): Server {
  return Object.assign(createServer(SERVER_OPTIONS), { httpAllowHalfOpen: true });
}
