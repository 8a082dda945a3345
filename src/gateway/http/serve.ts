import { createServer, type IncomingMessage, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describeRefusal } from '../denial.ts';
import type { Gate } from '../gate.ts';
import type { Wire } from '../tunnel/wire.ts';
import { respond, type Answer } from './answer.ts';
import type { ConnectRequest } from './connect.ts';
import { createForwarder, type Exchange } from './forward.ts';
import { hasContent, valuesOf } from './headers.ts';
import { streamOf } from './stream.ts';
import { HTTP_PORT, readTarget, type Entrance, type Target } from './target.ts';

/** Plain HTTP: on the proxy port, on port 80, and inside a CONNECT to a host that is allowed plain HTTP. */

const SERVER_OPTIONS: ServerOptions = {
  insecureHTTPParser: false,
  maxHeaderSize: 32_768,
  headersTimeout: 30_000,
  requestTimeout: 0, // an upload may take hours
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
};

export interface HttpService {
  /** Takes over a connection of port 80. */
  acceptSocket(socket: Socket): void;
  /** Takes over a connection that was looked at before, with what it holds. */
  acceptWire(wire: Wire, entrance: Entrance): void;
  close(): void;
}

export interface HttpParts {
  readonly gate: Gate;
  readonly bottleId: string;
  /** A CONNECT on a connection that has carried other requests before; the wire holds what came behind it. */
  readonly onConnect: (request: ConnectRequest) => void;
}

/** Node's HTTP server without a socket of its own, for requests to the proxy, to port 80, and in tunnels of plain HTTP. */
export function createHttpService({ gate, bottleId, onConnect }: HttpParts): HttpService {
  const entrances = new WeakMap<Duplex, Entrance & { readonly wire: Wire }>();
  const entranceOf = (socket: Duplex): Entrance => entrances.get(socket) ?? { via: 'http' };
  const forwarder = createForwarder();
  const server = createServer(SERVER_OPTIONS);
  // Undocumented, and there since Node 0.x: a client that has sent all it has to say still gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true });

  /** Connections with a request that was refused for its form: what was sent behind it may be part of the trick. */
  const ending = new WeakSet<Duplex>();

  const serve = async (
    exchange: Pick<Exchange, 'incoming' | 'response'>,
    target: Exclude<Target, { kind: 'health' }>,
  ): Promise<void> => {
    const admitted = await admit(exchange.incoming, target, {
      gate,
      entrance: entranceOf(exchange.incoming.socket),
    });
    if ('passage' in admitted) forwarder.forward({ ...exchange, ...admitted });
    else respond(exchange.response, admitted);
  };

  server.on('request', (incoming, response) => {
    const { socket, method = '', url = '', rawHeaders } = incoming;
    if (ending.has(socket)) return;
    const target = readTarget(entranceOf(socket), { method, url, headers: rawHeaders });
    if (target.kind === 'refused') ending.add(socket);
    if (target.kind === 'health')
      return respond(response, { status: 200, body: { bottle: bottleId, status: 'ok' } });
    serve({ incoming, response }, target).catch(() => response.destroy());
  });
  server.on('connect', (incoming: IncomingMessage, socket: Duplex, rest: Buffer) => {
    const entrance = entrances.get(socket);
    if (entrance?.via !== 'proxy') {
      return void socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
    }
    entrance.wire.hold(rest);
    const hosts = valuesOf(incoming.rawHeaders, 'host');
    onConnect({ target: incoming.url ?? '', hosts, wire: entrance.wire });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const { via, bound } = entranceOf(socket);
    const asked = { via, host: bound?.host.host ?? '', port: bound?.port ?? 0, method: '', path: '' };
    if (error.code !== 'ECONNRESET')
      gate.refuse(asked, 'gateway.malformed', `not HTTP as it should be: ${error.code ?? error.message}`);
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });

  return {
    acceptSocket: (socket) => void server.emit('connection', socket),
    acceptWire: (wire, entrance) => {
      const stream = streamOf(wire);
      entrances.set(stream, { ...entrance, wire });
      server.emit('connection', stream);
    },
    close: () => {
      server.closeAllConnections();
      forwarder.close();
    },
  };
}

/** A request with its way out, or what is answered instead. */
async function admit(
  { method = '', url = '', rawHeaders }: IncomingMessage,
  target: Exclude<Target, { kind: 'health' }>,
  { gate, entrance }: { readonly gate: Gate; readonly entrance: Entrance },
): Promise<Pick<Exchange, 'passage' | 'path'> | Answer> {
  const hasBody = hasContent(rawHeaders);
  const base = { via: entrance.via, scheme: 'http' as const, method, hasBody };
  if (target.kind === 'refused') {
    const port = entrance.bound?.port ?? HTTP_PORT;
    const asked = { ...base, host: target.host, port, path: withoutQuery(url) };
    return describeRefusal(asked, gate.refuse(asked, target.rule, target.reason));
  }
  const { endpoint, path } = target;
  const asked = { ...base, host: endpoint.host.host, port: endpoint.port, path: withoutQuery(path) };
  const judged = await gate.judge(asked);
  const passage = judged.verdict === 'deny' ? judged : gate.open(judged);
  return passage.verdict === 'deny' ? describeRefusal(asked, passage) : { passage, path };
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '');
}
