import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describeRefusal } from '../denial.ts';
import type { Gate } from '../gate.ts';
import { respond } from './answer.ts';
import { createForwarder } from './forward.ts';
import { readTarget, type Entrance } from './target.ts';

/** Plain HTTP: on the proxy port, on port 80, and inside a CONNECT to a host that is allowed plain HTTP. */

const MAX_HEAD_BYTES = 32_768;
const HEAD_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;

export interface HttpService {
  /** Takes over a connection; bytes that were read before are put back with `unshift` first. */
  accept(socket: Socket, entrance: Entrance): void;
  close(): void;
}

export interface HttpParts {
  readonly gate: Gate;
  readonly bottleId: string;
  /** A CONNECT on a connection that has carried other requests before. */
  readonly onConnect: (incoming: IncomingMessage, socket: Socket, rest: Buffer) => void;
}

export function createHttpService({ gate, bottleId, onConnect }: HttpParts): HttpService {
  const entrances = new WeakMap<Socket, Entrance>();
  const entranceOf = (socket: Socket): Entrance => entrances.get(socket) ?? { via: 'http' };
  const forwarder = createForwarder();
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_TIMEOUT_MS,
    requestTimeout: 0, // an upload may take hours
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 5_000,
  });

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const entrance = entranceOf(incoming.socket);
    const { method = '', url = '' } = incoming;
    const target = readTarget(entrance, { method, url, headers: incoming.rawHeaders });
    if (target.kind === 'health')
      return respond(response, { status: 200, body: { bottle: bottleId, status: 'ok' } });
    const base = { via: entrance.via, scheme: 'http' as const, method };
    if (target.kind === 'refused') {
      const asked = { ...base, host: target.host, port: entrance.bound?.port ?? 80, path: url };
      return respond(response, describeRefusal(asked, gate.refuse(asked, target.rule, target.reason)));
    }
    const asked = {
      ...base,
      host: target.endpoint.host.host,
      port: target.endpoint.port,
      path: withoutQuery(target.path),
    };
    const judged = await gate.judge(asked);
    const passage = judged.verdict === 'deny' ? judged : gate.open(judged);
    if (passage.verdict === 'deny') return respond(response, describeRefusal(asked, passage));
    forwarder.forward({ incoming, response, passage, path: target.path });
  };

  server.on('request', (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket, rest: Buffer) => {
    if (entranceOf(socket).via === 'proxy') onConnect(incoming, socket, rest);
    else socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { via, bound } = entranceOf(socket);
    const asked = { via, host: bound?.host.host ?? '', port: bound?.port ?? 0, method: '', path: '' };
    if (error.code !== 'ECONNRESET')
      gate.refuse(asked, 'gateway.malformed', `not HTTP as it should be: ${error.code ?? error.message}`);
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });

  return {
    accept: (socket, entrance) => {
      entrances.set(socket, entrance);
      server.emit('connection', socket);
      socket.resume(); // it was paused when its first bytes were looked at
    },
    close: () => {
      server.closeAllConnections();
      forwarder.close();
    },
  };
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '');
}
