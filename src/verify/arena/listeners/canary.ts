import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Cleanup } from '../cleanup.ts';
import { makeNonce, openEars, type Ears } from '../nonce.ts';
import { carriedIn, redirectAt } from './redirects.ts';

/**
 * Listeners outside every bottle: the only judge of whether an attempt got out. They accept everything on every address
 * of this host, and record which nonces came and by which way.
 */
export interface Canary extends AsyncDisposable, Pick<Ears, 'heard' | 'messages'> {
  /** One port for TCP and UDP, IPv4 and IPv6. */
  readonly port: number;
  /** Another TCP port, IPv4 only, that the policy does not name. */
  readonly otherPort: number;
  /** The name of an abstract Unix socket, without the leading NUL (unix(7)). */
  readonly abstractName: string;
}

export interface CanaryOptions {
  /** A Unix socket file, open to every user, as a container engine's is to its group. */
  readonly socketPath: string;
  /** More paths of Unix sockets. */
  readonly moreSocketPaths?: readonly string[];
  /** More TCP ports, to which the gateway sends requests for 80 and 443. */
  readonly morePorts?: readonly number[];
}

/** Multicast groups that reach a host without its address: RFC 1112, RFC 4291, and a private group. */
export const MULTICAST_GROUPS = { udp4: ['224.0.0.1', '239.192.66.66'], udp6: ['ff02::1'] } as const;

/** Multicast groups of name resolution without a server: mDNS (RFC 6762) and LLMNR (RFC 4795). */
export const NAMING_GROUPS = {
  udp4: ['224.0.0.251', '224.0.0.252'],
  udp6: ['ff02::fb', 'ff02::1:3'],
} as const;

const MAX_KEPT_BYTES = 64 * 1024;
const IDLE_MS = 10_000;
const PORT_TRIES = 20;

/** Opens all listeners. Throws when a listener cannot open, or no port is free for all of them. */
export async function openCanary(options: CanaryOptions): Promise<Canary> {
  const ears = openEars();
  await using opened = new Cleanup();
  const port = await openNetwork(opened, ears);
  for (const more of options.morePorts ?? []) await openTcp(opened, { port: more, host: '0.0.0.0' }, ears);
  const otherPort = await openTcp(opened, { port: 0, host: '0.0.0.0' }, ears);
  const abstractName = makeNonce();
  await openUnix(opened, { path: `\0${abstractName}`, way: 'abstract Unix socket' }, ears);
  for (const path of [options.socketPath, ...(options.moreSocketPaths ?? [])]) {
    await openUnix(opened, { path, way: 'Unix socket' }, ears);
    await chmod(path, 0o666);
  }
  const listeners = new Cleanup();
  listeners.takeOver(opened);
  return {
    port,
    otherPort,
    abstractName,
    heard: ears.heard,
    messages: ears.messages,
    [Symbol.asyncDispose]: async () => await listeners[Symbol.asyncDispose](),
  };
}

/**
 * Finds a port that is free for all of them. Binds unspecified addresses, because only those receive broadcasts and
 * cover new addresses.
 */
async function openNetwork(opened: Cleanup, ears: Ears): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    await using tried = new Cleanup();
    try {
      const port = await openTcp(tried, { port: 0, host: '0.0.0.0' }, ears);
      await openUdp(tried, { type: 'udp4', port }, ears);
      if (hasIpv6()) {
        await openTcp(tried, { port, host: '::' }, ears);
        await openUdp(tried, { type: 'udp6', port }, ears);
      }
      opened.takeOver(tried);
      return port;
    } catch (error) {
      if (attempt === PORT_TRIES) throw error;
    }
  }
}

/** Returns whether this host has any IPv6 address, including loopback. */
const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));

async function openTcp(
  opened: Cleanup,
  at: { readonly port: number; readonly host: string },
  ears: Ears,
): Promise<number> {
  const server = serve(opened, (socket) => listenTo(socket, `tcp on ${plain(socket.localAddress)}`, ears));
  server.listen({ ...at, ipv6Only: true });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : at.port;
}

async function openUnix(
  opened: Cleanup,
  { path, way }: { readonly path: string; readonly way: string },
  ears: Ears,
): Promise<void> {
  const server = serve(opened, (socket) => listenTo(socket, way, ears));
  server.listen(path);
  await once(server, 'listening');
}

/** Creates a server that closes its connections on disposal. */
function serve(opened: Cleanup, onConnection: (socket: Socket) => void): Server {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    onConnection(socket);
  });
  opened.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

/** A fatal alert, handshake_failure: RFC 8446, 6. */
const TLS_ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);

/** Collects what comes, because a nonce may be split over packets, and answers HTTP and TLS so that no client waits. */
function listenTo(socket: Socket, way: string, ears: Ears): void {
  let kept = Buffer.alloc(0);
  const hear = ears.begin(way);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // the peer is an attacker: its errors do not matter
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]).subarray(-MAX_KEPT_BYTES);
    const text = kept.toString('latin1');
    hear(`${text} ${carriedIn(text)}`);
    if (isWholeRecord(kept)) socket.end(TLS_ALERT);
    const path = /^[A-Z]+ (\S+) HTTP\/1\.[01]\r\n.*?\r\n\r\n/s.exec(text)?.[1];
    if (path !== undefined) socket.end(answerTo(path));
  });
}

function answerTo(path: string): string {
  const { status, header } = redirectAt(path) ?? { status: 200, header: undefined };
  const more = header === undefined ? [] : [header.join(': ')];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...more,
    'Content-Length: 6',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\nheard\n`;
}

/** Returns whether a whole TLS handshake record (RFC 8446, 5.1), such as a ClientHello, has come. */
const isWholeRecord = (bytes: Buffer): boolean =>
  bytes.length > 5 && bytes[0] === 22 && bytes.length >= 5 + bytes.readUInt16BE(3);

async function openUdp(
  opened: Cleanup,
  { type, port }: { readonly type: 'udp4' | 'udp6'; readonly port: number },
  ears: Ears,
): Promise<void> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  opened.defer(() => void socket.close());
  socket.on('message', (message, from) =>
    ears.begin(`udp from ${plain(from.address)}`)(message.toString('latin1')),
  );
  socket.bind(port, type === 'udp4' ? '0.0.0.0' : '::');
  await once(socket, 'listening');
  joinGroups(socket, type);
  socket.on('error', () => undefined);
}

/** Joins on every interface: membership is per interface, and an attempt may come in on any. */
function joinGroups(socket: DatagramSocket, type: 'udp4' | 'udp6'): void {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const local =
      type === 'udp4' ? addresses?.find(({ family }) => family === 'IPv4')?.address : `::%${name}`;
    if (local === undefined) continue;
    for (const group of [...MULTICAST_GROUPS[type], ...NAMING_GROUPS[type]]) {
      try {
        socket.addMembership(group, local);
      } catch {
        // The interface lacks this family, or is joined already; 224.0.0.1 and ff02::1 are heard anyway.
      }
    }
  }
}

const plain = (address: string | undefined): string => address ?? 'a closed connection';
