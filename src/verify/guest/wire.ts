import { execFile } from 'node:child_process';
import { createSocket, type SocketType } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import type { Targets } from '../arena/targets.ts';

/** Building blocks of attempts: connections and datagrams that carry a nonce, whatever the other side answers. */

/** The folder of the attack program, and of the Perl programs beside it. */
export const guestDir = import.meta.dirname;

/** Returns the path of a program in that folder. */
export const guestProgram = (name: string): string => join(guestDir, name);

/** Thrown by an attempt that could not be made. Nothing is reported for it then, so it counts as unproven. */
export const NOT_MADE = 'the attempt was not made';

/** The result of an attempt that did not end before its deadline. */
export const NO_ANSWER = 'no answer';

/** The result of an attempt that nothing refused. */
export const UNHINDERED = 'nothing in its way';

/**
 * Timeout of a program, in milliseconds: starting one takes seconds on a busy host, and over ten in an emulated machine
 * there.
 */
const PROGRAM_DEADLINE_MS = 20_000;

/** Deadline of a run by a program; longer than the program's own timeout, so that `sendByProgram` reports it. */
export const SENT_BY_PROGRAM = { deadlineMs: PROGRAM_DEADLINE_MS + 2_000 } as const;

/** Runs a program that sends something. @throws Error with its error message; `NOT_MADE` when it timed out */
export async function sendByProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const options = { env, timeout: PROGRAM_DEADLINE_MS, killSignal: 'SIGKILL' } as const;
  await promisify(execFile)(program, args, options).catch((error: unknown) => {
    const wasEnded = error instanceof Error && 'killed' in error && error.killed === true;
    throw wasEnded ? new Error(NOT_MADE) : error;
  });
}

/** Runs a Perl program in this folder in the same way. @throws as `sendByProgram` */
export const sendByPerl = (name: string, args: readonly string[]): Promise<void> =>
  sendByProgram('perl', [guestProgram(name), ...args]);

/** The number of sleeps that a deadline is divided into. */
const TICKS = 20;

/**
 * Returns the promise's value. @throws Error after this time, which counts only while this program can run: on a busy
 * host an answer that has arrived may be read late.
 */
export async function within<Value>(deadlineMs: number, promise: Promise<Value>): Promise<Value> {
  const ended = new AbortController();
  try {
    return await Promise.race([promise, silence(deadlineMs, ended.signal)]);
  } finally {
    ended.abort();
  }
}

/** Sleeps in short ticks; a tick that ends late counts only once. */
async function silence(deadlineMs: number, signal: AbortSignal): Promise<never> {
  for (let tick = 0; tick < TICKS; tick += 1) await sleep(deadlineMs / TICKS, undefined, { signal });
  throw new Error(NO_ANSWER);
}

/** Waits for all of these. @throws the first failure if all failed, so that one closed way does not hide the others */
export async function all(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length === results.length) throw failures[0] ?? new Error('nothing to try');
}

/**
 * Tries several spellings, each with a number after the nonce, counted from 1, so that listeners can tell which one
 * came.
 * @throws as `all`
 */
export const eachSpelling = <Spelling>(
  nonce: string,
  spellings: readonly Spelling[],
  make: (spelling: Spelling, nonce: string) => Promise<unknown>,
): Promise<void> => all(spellings.map((spelling, index) => make(spelling, `${nonce}v${index + 1}`)));

/** Opens a connection (`{ host, port }` or `{ path }`). @throws Error when it fails */
export async function open(where: NetConnectOpts): Promise<Socket> {
  const socket = connect(where);
  socket.on('error', () => undefined); // later errors; `once` throws the first
  await once(socket, 'connect');
  return socket;
}

/** The data to write to a connection. */
export type Sent = string | Buffer;

/** Writes data to a connection, and waits for the peer's first answer, or for the end of the connection. */
export async function send(socket: Socket, sent: Sent): Promise<string> {
  socket.write(sent);
  const [reply] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return typeof reply === 'string' || Buffer.isBuffer(reply) ? reply.toString() : ''; // empty if it closed
}

/** Writes a text to a connection and ends it; resolves when the kernel has accepted the text. */
export const sendLast = (socket: Socket, sent: Sent): Promise<void> =>
  new Promise((resolve) => socket.end(sent, resolve));

/** Sends a text on a new connection; resolves when the kernel has accepted it. @throws Error when it fails */
export const sendTo = async (where: NetConnectOpts, sent: Sent): Promise<void> =>
  await sendLast(await open(where), sent);

/** Listens on a Unix socket for one connection; `heard` resolves with everything that it received. */
export async function listenOnce(path: string): Promise<{ path: string; heard: Promise<string> }> {
  const server = createServer({ allowHalfOpen: false });
  const heard = once(server, 'connection').then(async ([socket]) => {
    const chunks: Buffer[] = [];
    for await (const chunk of socket as Socket) chunks.push(chunk as Buffer);
    server.close();
    return Buffer.concat(chunks).toString();
  });
  server.listen(path);
  await once(server, 'listening');
  return { path, heard };
}

/** The destination of a datagram; `source` is the address to send from, which selects the interface. */
export interface Way {
  readonly address: string;
  readonly port: number;
  readonly source?: string;
}

/** Sends one datagram. @throws Error when the kernel refuses it */
export async function datagram(
  type: SocketType,
  { address, port, source }: Way,
  payload: Sent,
): Promise<void> {
  const socket = createSocket(type);
  try {
    socket.bind(0, source);
    await once(socket, 'listening');
    if (type === 'udp4') socket.setBroadcast(true);
    if (type === 'udp4' && source !== undefined) socket.setMulticastInterface(source);
    await new Promise<void>((resolve, reject) => {
      socket.send(payload, port, address, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}

/** Returns the gateway's address from the environment. */
export function proxy(): { host: string; port: number } {
  const { HTTP_PROXY, http_proxy: httpProxy } = process.env;
  const url = new URL(HTTP_PROXY ?? httpProxy ?? 'http://127.200.0.1:3128');
  return { host: url.hostname, port: Number(url.port) };
}

/** Asks the proxy for a tunnel. Returns the connection whatever the answer is: a refusal may still forward. */
export async function tunnel(target: string, more = ''): Promise<{ socket: Socket; answer: string }> {
  const socket = await open(proxy());
  const answer = await send(socket, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${more}\r\n`);
  return { socket, answer: answer.split('\r\n')[0] ?? '' };
}

/** Sends a ClientHello and stops: the nonce is a protocol name (ALPN), which this message carries unencrypted. */
export async function clientHello(socket: Socket, servername: string, nonce: string): Promise<void> {
  const tls = connectTls({ socket, servername, ALPNProtocols: [nonce], rejectUnauthorized: false });
  tls.on('error', () => undefined);
  await Promise.race([once(tls, 'secureConnect'), once(socket, 'close'), once(socket, 'data')]);
}

/** Sends a request to the proxy unchanged. @throws Error with the refusal's status */
export async function request(requestLine: string, headers: readonly string[]): Promise<void> {
  const answer = await send(
    await open(proxy()),
    [requestLine, ...headers, 'Connection: close', '', ''].join('\r\n'),
  );
  const status = answer.split('\r\n')[0] ?? '';
  if (!/^HTTP\/1\.[01] 2/.test(status)) throw new Error(status === '' ? 'connection closed' : status);
}

/** Returns the request line and headers of an allowed request that carries a text to the canary. */
export const allowedRequest = (
  { names, port }: Pick<Targets, 'names' | 'port'>,
  text: string,
): [line: string, headers: string[]] => [
  `GET http://${names.http}:${port}/${text} HTTP/1.1`,
  [`Host: ${names.http}:${port}`],
];

/** Sends a text to the canary by an allowed way, through the proxy. @throws as `request` */
export const carryHome = (targets: Pick<Targets, 'names' | 'port'>, text: string): Promise<void> =>
  request(...allowedRequest(targets, text));

/** Returns a DNS query for the address of a name (RFC 1035). */
export function question(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x42, 0x42, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** An address of a local interface; with the `first` and `broadcast` addresses of its network, if known. */
export interface Interface extends Partial<Neighbours> {
  readonly name: string;
  readonly address: string;
  readonly internal: boolean;
  readonly ip4: boolean;
}

interface Neighbours {
  readonly first: string;
  readonly broadcast: string;
}

/** Returns the local interfaces, with what each address reveals about its network. */
export const interfaces = (): Interface[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map((info) => ({
      name,
      address: info.address,
      internal: info.internal,
      ip4: info.family === 'IPv4',
      ...(info.family === 'IPv4' && !info.internal ? neighbours(info) : {}),
    })),
  );

/** Returns the network's first address, usually that of its router or host, and its broadcast address. */
function neighbours({ address, netmask }: NetworkInterfaceInfo): Neighbours {
  const [ip, mask] = [numberOf(address), numberOf(netmask)];
  const network = (ip & mask) >>> 0;
  return { first: dotted(network + 1), broadcast: dotted((network | ~mask) >>> 0) };
}

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const dotted = (ip: number): string =>
  [ip >>> 24, ip >>> 16, ip >>> 8, ip].map((part) => part & 255).join('.');
