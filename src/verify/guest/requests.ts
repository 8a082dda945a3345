import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Targets } from '../arena/targets.ts';
import { all, open, proxy, send, tunnel, type Sent } from './wire.ts';

/** Requests as an attacker writes them: text that no HTTP library would send. */

/** Sends a text on a connection, and returns the answer. */
export type Read = (socket: Socket, sent: Sent) => Promise<string>;

/** Sends text to the proxy unchanged. @throws Error with the refusal's text */
export async function raw(sent: Sent, read: Read = send): Promise<void> {
  expectGood(await read(await open(proxy()), sent));
}

export interface TunnelOptions {
  /** Additional header lines of the CONNECT request. */
  readonly connectLines?: string;
  readonly read?: Read | undefined;
}

/** Sends text into a tunnel, even after a refused CONNECT. @throws Error with the refusal's text */
export async function inTunnel(
  target: string,
  sent: Sent,
  { connectLines = '', read = send }: TunnelOptions = {},
): Promise<void> {
  const { socket, answer } = await tunnel(target, connectLines);
  const reply = await read(socket, sent);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer === '' ? 'connection closed' : answer);
  expectGood(reply);
}

/** Like `send`, for several requests: waits for the end of all answers. */
export async function sendAll(socket: Socket, sent: Sent): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.write(sent);
  await closed;
  return Buffer.concat(chunks).toString();
}

/** Checks that all answers are successes. @throws Error with the first that is not */
export function expectGood(answer: string): void {
  const statuses = answer.match(/^HTTP\/1\.[01] .*$/gm) ?? ['connection closed'];
  const bad = statuses.find((status) => !/^HTTP\/1\.[01] 2/.test(status));
  if (bad !== undefined) throw new Error(bad.trim());
}

export interface RequestText {
  readonly method?: string;
  readonly target: string;
  readonly lines?: readonly string[];
  readonly body?: string;
}

/** Returns the text of a request; the last on its connection, unless a line says otherwise. */
export function textOf({ method = 'GET', target, lines = [], body = '' }: RequestText): string {
  const end = lines.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close'];
  return `${[`${method} ${target} HTTP/1.1`, ...lines, ...end].join('\r\n')}\r\n\r\n${body}`;
}

export interface Asked extends Omit<RequestText, 'target'> {
  readonly host: string;
  readonly path: string;
  readonly read?: Read;
}

/** Sends the same request in both ways to a proxy: with a URL, and in a tunnel to its host. @throws as `all` */
export function ask({ port }: Pick<Targets, 'port'>, asked: Asked): Promise<void> {
  const { host, path, lines = [], read, ...more } = asked;
  const at = `${host}:${port}`;
  const headed = { lines: [`Host: ${at}`, ...lines], ...more };
  return all([
    raw(textOf({ target: `http://${at}${path}`, ...headed }), read),
    inTunnel(at, textOf({ target: path, ...headed }), { read }),
  ]);
}

export interface Headed extends Omit<RequestText, 'target' | 'lines'> {
  readonly read?: Read;
}

/** Sends an allowed request with these lines instead of its Host line. @throws as `all` */
export function askHeaded(
  { names, port }: Pick<Targets, 'names' | 'port'>,
  lines: readonly string[],
  { read, ...more }: Headed = {},
): Promise<void> {
  const at = `${names.http}:${port}`;
  return all([
    raw(textOf({ target: `http://${at}/`, lines, ...more }), read),
    inTunnel(at, textOf({ target: '/', lines, ...more }), { read }),
  ]);
}
