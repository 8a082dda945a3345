import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { Authority } from '../../../gateway/tls/authority/authority.ts';
import { frameOf, payloadsOf } from '../../leaks/frames.ts';
import type { Received } from '../../leaks/read.ts';
import { Cleanup } from '../cleanup.ts';
import { keepReceived, type Coming, type Kept } from './kept.ts';
import { ARENA_NAMES } from '../targets.ts';

/**
 * A host that the policy allows and an attacker owns. It accepts everything, over plain HTTP, TLS, HTTP/2 or a
 * WebSocket, and keeps it unchanged, by the nonce in the path, up to a size limit. It keeps what it received of aborted
 * requests.
 */
export interface Collector extends AsyncDisposable {
  /** The port for TLS; `plainPort` is for plain HTTP. */
  readonly port: number;
  readonly plainPort: number;
  /** Returns all requests with this nonce, in the order in which they began. */
  received(nonce: string): readonly Received[];
}

/** The GUID of the WebSocket handshake: RFC 6455, 1.3. */
const ACCEPTS = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Opens it on every IPv4 address of this host. */
export async function openCollector(voucher: Authority): Promise<Collector> {
  const kept = keepReceived();
  await using opened = new Cleanup();
  const secure = createSecureServer({
    allowHTTP1: true,
    SNICallback: (name, settle) => {
      const { certificate, key } = voucher.issue(
        name.endsWith(ARENA_NAMES.looked) ? name : ARENA_NAMES.looked,
      );
      settle(null, createSecureContext({ cert: certificate, key }));
    },
  });
  const plain = createServer();
  const ports: number[] = [];
  for (const server of [secure, plain]) {
    server.on('request', (request, response) => {
      void take(kept, request as IncomingMessage, response as ServerResponse);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      takeMessages(begin(kept, request), { request, socket, head });
    });
    ports.push(await listen(server, opened));
  }
  const listeners = new Cleanup();
  listeners.takeOver(opened);
  const [port = 0, plainPort = 0] = ports;
  return {
    port,
    plainPort,
    received: kept.received,
    [Symbol.asyncDispose]: async () => await listeners[Symbol.asyncDispose](),
  };
}

async function listen(server: Server, opened: Cleanup): Promise<number> {
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  opened.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function begin(kept: Kept, request: IncomingMessage): Coming {
  const { method = '', url = '', headers, rawHeaders } = request;
  const host = String(headers[':authority'] ?? headers.host ?? '').replace(/:\d+$/, '');
  return kept.begin({ host, method, target: url, rawHeaders });
}

async function take(kept: Kept, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const coming = begin(kept, request);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) add(coming, chunk);
  } catch {
    // aborted: keeps what came
  }
  coming.end(request.rawTrailers);
  response.end('thanks\n');
}

function add({ filling, take }: Coming, chunk: Buffer): void {
  const more = take(chunk);
  if (more.length > 0) filling.content = Buffer.concat([filling.content, more]);
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Answers the first message, so that its sender knows that it came. */
function takeMessages({ filling, take }: Coming, { request, socket, head }: Upgrade): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${ACCEPTS}`).digest('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  socket.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
  let bytes: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    const more = take(chunk);
    if (more.length === 0) return; // there is no room for more, and nothing new to parse
    bytes = Buffer.concat([bytes, more]);
    const isFirst = filling.content.length === 0;
    filling.content = payloadsOf(bytes);
    if (isFirst && filling.content.length > 0) socket.write(frameOf('thanks'));
  };
  socket.on('error', () => undefined); // the peer is an attacker: its errors do not matter
  socket.on('data', read);
  read(head);
}
