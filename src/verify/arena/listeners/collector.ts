import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { Authority } from '../../../gateway/tls/authority/authority.ts';
import type { Received } from '../../leaks/read.ts';
import { Cleanup } from '../cleanup.ts';
import { ARENA_NAMES } from '../targets.ts';
import { findNonces } from '../nonce.ts';

/** Parses a client's WebSocket messages (RFC 6455, 5.2), as far as needed to read what an attacker sends. Pure. */

const FINAL = 0x80;
const MASKED = 0x80;
const OPCODE = 0x0f;
const CLOSE = 8;

/** Returns the concatenated payloads of all complete data frames; skips control frames. */
export function payloadsOf(bytes: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const { opcode, start, length, key } = headAt(bytes, at);
    if (start + length > bytes.length) break;
    const payload = bytes.subarray(start, start + length);
    if (opcode < CLOSE) payloads.push(key === undefined ? payload : unmasked(payload, key));
    at = start + length;
  }
  return Buffer.concat(payloads);
}

/** `start` is beyond the end if the head is incomplete. */
function headAt(bytes: Buffer, at: number) {
  const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
  const short = second & ~MASKED;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & MASKED) !== 0;
  const keyAt = at + 2 + extra;
  const start = keyAt + (isMasked ? 4 : 0);
  const isHere = start <= bytes.length;
  const length = !isHere || extra === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', at + 2, keyAt)}`));
  return { opcode: first & OPCODE, start, length, key: isMasked ? bytes.subarray(keyAt, start) : undefined };
}

const unmasked = (payload: Buffer, key: Buffer): Buffer =>
  Buffer.from(payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)));

/** Returns a server's text message, in one frame without a mask; shorter than 126 bytes. */
const frameOf = (text: string): Buffer =>
  Buffer.concat([Buffer.from([FINAL | 1, Buffer.byteLength(text)]), Buffer.from(text)]);

/**
 * What a collector received, by the nonces in the path. Size is limited for each nonce, because an attacker can send
 * any amount.
 */
interface Kept {
  /** Returns all requests with a nonce, in the order in which they began. */
  readonly received: (nonce: string) => readonly Received[];
  begin(head: Pick<Received, 'host' | 'method' | 'target' | 'rawHeaders'>): Coming;
}

/** A request that is still being received. */
interface Coming {
  /** The kept request; later parts are filled in. */
  readonly filling: { -readonly [Member in keyof Received]: Received[Member] };
  /** Deducts a chunk of content from the remaining room; returns the leading part that may be kept. */
  readonly take: (chunk: Buffer) => Buffer;
  /** Sets the trailers, if there is room for all of them. */
  end(rawTrailers: readonly string[]): void;
}

/** Limit for the heads and contents of all requests with one nonce. */
export const MAX_BYTES = 1024 * 1024;
export const MAX_NONCES = 4096;
/** Size counted for a request in addition to its text. */
const REQUEST_BYTES = 512;

interface Room {
  readonly received: Received[];
  leftBytes: number;
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

/** Creates an empty store. */
export function keepReceived(): Kept {
  const rooms = new Map<string, Room>();
  const roomOf = (nonce: string): Room | undefined => {
    const known = rooms.get(nonce);
    if (known !== undefined || rooms.size >= MAX_NONCES) return known;
    const room = { received: [], leftBytes: MAX_BYTES };
    rooms.set(nonce, room);
    return room;
  };
  return {
    received: (nonce) => rooms.get(nonce)?.received ?? [],
    begin: (head) => {
      const filling = { ...head, rawTrailers: [], content: Buffer.alloc(0) };
      const bytes = REQUEST_BYTES + head.target.length + lengthOf(head.rawHeaders);
      const mine = findNonces(head.target).flatMap((nonce) => roomOf(nonce) ?? []);
      const fit = mine.filter((room) => spend(room, bytes));
      for (const { received } of fit) received.push(filling);
      return comingOf(filling, fit);
    },
  };
}

/** After something did not fit, nothing fits: later data would be read as if it followed directly. */
function spend(room: Room, bytes: number): boolean {
  const fits = bytes <= room.leftBytes;
  room.leftBytes = fits ? room.leftBytes - bytes : 0;
  return fits;
}

function comingOf(filling: Coming['filling'], rooms: readonly Room[]): Coming {
  const left = (): number => (rooms.length === 0 ? 0 : Math.min(...rooms.map(({ leftBytes }) => leftBytes)));
  return {
    filling,
    take: (chunk) => {
      const kept = chunk.subarray(0, left());
      for (const room of rooms) spend(room, chunk.length);
      return kept;
    },
    end: (rawTrailers) => {
      const bytes = lengthOf(rawTrailers);
      if (bytes <= left()) filling.rawTrailers = rawTrailers;
      for (const room of rooms) spend(room, bytes);
    },
  };
}

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
