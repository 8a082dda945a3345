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

/** What the attempts are made of: connections and datagrams that carry a nonce, whatever the other side says. */

/** The folder of the program that attacks, and of those in perl beside it. */
export const guestDir = import.meta.dirname;

/** A program beside it. */
export const guestProgram = (name: string): string => join(guestDir, name);

/** What an attempt throws that did not come to be; nothing is said of it then, and so it counts as not proven. */
export const NOT_MADE = 'the attempt was not made';

/** What an attempt met that came to no end in its time. */
export const NO_ANSWER = 'no answer';

/** What an attempt met that was refused nothing. */
export const UNHINDERED = 'nothing in its way';

/** On a busy host a program takes seconds to begin; in an emulated machine on one, more than ten. */
const PROGRAM_DEADLINE_MS = 20_000;

/** Of a run by another program, which says by itself that it took too long. */
export const SENT_BY_PROGRAM = { deadlineMs: PROGRAM_DEADLINE_MS + 2_000 } as const;

/** Runs a program that sends something. @throws Error with what it complains of; `NOT_MADE` when it took too long */
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

/** The same, of a program of perl beside this one. @throws as `sendByProgram` */
export const sendByPerl = (name: string, args: readonly string[]): Promise<void> =>
  sendByProgram('perl', [guestProgram(name), ...args]);

/** In how many pieces a deadline is waited for. */
const TICKS = 20;

/**
 * Gives what the promise gives. @throws Error after this time, of which only what this program had counts: on a busy host an
 * answer that is there already may wait for longer than it should have taken.
 */
export async function within<Value>(deadlineMs: number, promise: Promise<Value>): Promise<Value> {
  const ended = new AbortController();
  try {
    return await Promise.race([promise, silence(deadlineMs, ended.signal)]);
  } finally {
    ended.abort();
  }
}

/** A tick that comes late counts as one. */
async function silence(deadlineMs: number, signal: AbortSignal): Promise<never> {
  for (let tick = 0; tick < TICKS; tick += 1) await sleep(deadlineMs / TICKS, undefined, { signal });
  throw new Error(NO_ANSWER);
}

/** Waits for all of these. @throws the first failure when all failed, so that one closed way hides no other */
export async function all(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length === results.length) throw failures[0] ?? new Error('nothing to try');
}

/**
 * Tries all of several spellings, each with a number behind the nonce: listeners tell which it was, counted from 1.
 * @throws as `all`
 */
export const eachSpelling = <Spelling>(
  nonce: string,
  spellings: readonly Spelling[],
  make: (spelling: Spelling, nonce: string) => Promise<unknown>,
): Promise<void> => all(spellings.map((spelling, index) => make(spelling, `${nonce}v${index + 1}`)));

/** Opens a connection (`{ host, port }` or `{ path }`). @throws Error when it is refused */
export async function open(where: NetConnectOpts): Promise<Socket> {
  const socket = connect(where);
  socket.on('error', () => undefined); // later ones; the first is thrown by `once`
  await once(socket, 'connect');
  return socket;
}

/** What a connection is given, whole. */
export type Sent = string | Buffer;

/** Sends it on a connection and waits for the other side's first word or end. */
export async function send(socket: Socket, sent: Sent): Promise<string> {
  socket.write(sent);
  const [reply] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return typeof reply === 'string' || Buffer.isBuffer(reply) ? reply.toString() : ''; // at its end, whether it failed
}

/** Sends a text on a connection and ends it; done when the kernel has taken it. */
export const sendLast = (socket: Socket, sent: Sent): Promise<void> =>
  new Promise((resolve) => socket.end(sent, resolve));

/** Sends a text on a new connection, and is done when the kernel has taken it. @throws Error when it is refused */
export const sendTo = async (where: NetConnectOpts, sent: Sent): Promise<void> =>
  await sendLast(await open(where), sent);

/** Listens on a Unix socket for one connection; `heard` settles with all that came on it. */
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

/** Where a datagram goes; with `source`, from this address, which chooses the interface. */
export interface Way {
  readonly address: string;
  readonly port: number;
  readonly source?: string;
}

/** Sends one datagram. @throws Error when the kernel does not take it */
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

/** The gateway as the environment names it. */
export function proxy(): { host: string; port: number } {
  const { HTTP_PROXY, http_proxy: httpProxy } = process.env;
  const url = new URL(HTTP_PROXY ?? httpProxy ?? 'http://127.200.0.1:3128');
  return { host: url.hostname, port: Number(url.port) };
}

/** Asks the proxy for a tunnel. Gives the connection whatever it answers: a refusal may still forward. */
export async function tunnel(target: string, more = ''): Promise<{ socket: Socket; answer: string }> {
  const socket = await open(proxy());
  const answer = await send(socket, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${more}\r\n`);
  return { socket, answer: answer.split('\r\n')[0] ?? '' };
}

/** Begins TLS and goes no further: the nonce is a protocol name (ALPN), which the first message carries in clear. */
export async function clientHello(socket: Socket, servername: string, nonce: string): Promise<void> {
  const tls = connectTls({ socket, servername, ALPNProtocols: [nonce], rejectUnauthorized: false });
  tls.on('error', () => undefined);
  await Promise.race([once(tls, 'secureConnect'), once(socket, 'close'), once(socket, 'data')]);
}

/** Sends a request to the proxy as it stands. @throws Error with what a refusal says */
export async function request(requestLine: string, headers: readonly string[]): Promise<void> {
  const answer = await send(
    await open(proxy()),
    [requestLine, ...headers, 'Connection: close', '', ''].join('\r\n'),
  );
  const status = answer.split('\r\n')[0] ?? '';
  if (!/^HTTP\/1\.[01] 2/.test(status)) throw new Error(status === '' ? 'connection closed' : status);
}

/** The request line and header of an allowed request that carries a text to the canary. */
export const allowedRequest = (
  { names, port }: Pick<Targets, 'names' | 'port'>,
  text: string,
): [line: string, headers: string[]] => [
  `GET http://${names.http}:${port}/${text} HTTP/1.1`,
  [`Host: ${names.http}:${port}`],
];

/** Brings something home by what the policy allows: to the canary, through the proxy. @throws as `request` */
export const carryHome = (targets: Pick<Targets, 'names' | 'port'>, text: string): Promise<void> =>
  request(...allowedRequest(targets, text));

/** RFC 1035: a question for the address of a name. */
export function question(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x42, 0x42, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** An address of an interface here; `first` and `broadcast` of its network, where they can be told from it. */
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

/** The interfaces here, with what can be told of each one's network from its own address. */
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

/** The first address of the network, where its router or host usually is, and its broadcast address. */
function neighbours({ address, netmask }: NetworkInterfaceInfo): Neighbours {
  const [ip, mask] = [numberOf(address), numberOf(netmask)];
  const network = (ip & mask) >>> 0;
  return { first: dotted(network + 1), broadcast: dotted((network | ~mask) >>> 0) };
}

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const dotted = (ip: number): string =>
  [ip >>> 24, ip >>> 16, ip >>> 8, ip].map((part) => part & 255).join('.');
