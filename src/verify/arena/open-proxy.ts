import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Cleanup } from './cleanup.ts';

/**
 * A proxy that allows everything: what an agent in the open has in the gateway's place, so that the attempts to talk a
 * gateway into something are seen to work when nobody judges them. It listens on loopback, while the demo runs.
 */
export interface OpenProxy extends AsyncDisposable {
  readonly url: string;
}

/** Opens it. `pinned`: names that lead to the canary here, as they do for the gateway. */
export async function openOpenProxy(pinned: ReadonlyMap<string, string>): Promise<OpenProxy> {
  const addressOf = (host: string): string => {
    const name = host.replace(/^\[|\]$/g, '');
    return pinned.get(name) ?? name;
  };
  await using opened = new Cleanup();
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => forward(incoming, response, addressOf));
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.on('connect', (incoming: IncomingMessage, client: Duplex) =>
    joinTo(incoming.url ?? '', client, addressOf),
  );
  opened.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const kept = new Cleanup();
  kept.takeOver(opened);
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose](),
  };
}

type AddressOf = (host: string) => string;

function forward(incoming: IncomingMessage, response: ServerResponse, addressOf: AddressOf): void {
  const url = new URL(incoming.url ?? '');
  const outgoing = request({
    host: addressOf(url.hostname),
    port: url.port,
    method: incoming.method,
    path: url.pathname,
    headers: incoming.headers,
  });
  outgoing.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502)));
  outgoing.on('error', () => response.writeHead(502).end());
  incoming.pipe(outgoing);
}

/** Answers and joins, whatever the target; what cannot be reached ends the connection. */
function joinTo(target: string, client: Duplex, addressOf: AddressOf): void {
  const colon = target.lastIndexOf(':');
  const upstream = connect(Number(target.slice(colon + 1)), addressOf(target.slice(0, colon)));
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  upstream.on('connect', () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    client.pipe(upstream).pipe(client);
  });
}
