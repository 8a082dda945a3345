import { connect, type Socket } from 'node:net';
import type { UpstreamProxy } from '../config.ts';
import { readFirstBytes } from '../tunnel/first-bytes.ts';
import { bracketed, type Addressed } from '../message/canonical.ts';
import { Wire } from '../tunnel/wire.ts';
import { Attempts } from './attempts.ts';
import type { Route } from './route.ts';
import { inFull } from './short-names.ts';

/** Connects to upstreams: to exactly the addresses of a route, or through the company proxy. */

const CONNECT_TIMEOUT_MS = 15_000;
const PROXY_ANSWER_TIMEOUT_MS = 60_000;
const MAX_PROXY_ANSWER_BYTES = 16_384;

const attempts = new Attempts();

/** Connects such that bytes reach the requested host. @throws Error with the reason, for people */
export function dialTunnel(route: Route, asked: Addressed): Promise<Wire> {
  return route.kind === 'direct'
    ? attempts.firstOf(route.addresses, (address) => Wire.to(address, asked.port, CONNECT_TIMEOUT_MS))
    : tunnelThrough(route.proxy, asked);
}

/** Connects for plain HTTP: to the host, or to the company proxy, which takes absolute URLs. @throws Error */
export function dialHttp(route: Route, asked: Addressed): Promise<Socket> {
  return route.kind === 'direct'
    ? attempts.firstOf(route.addresses, (address) => plainTo(address, asked.port, CONNECT_TIMEOUT_MS))
    : toProxy(route.proxy, plainTo);
}

/** Connects to the company proxy. The lookup of its full name counts towards the connect timeout. */
async function toProxy<Connection>(
  { host, port }: UpstreamProxy,
  dial: (host: string, port: number, timeoutMs: number) => Promise<Connection>,
): Promise<Connection> {
  const deadlineMs = performance.now() + CONNECT_TIMEOUT_MS;
  const name = await withTimeout(CONNECT_TIMEOUT_MS, inFull(host));
  return await dial(name, port, Math.max(deadlineMs - performance.now(), 1));
}

/** Connects as a stream. */
function plainTo(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => socket.destroy(new Error(`connect ETIMEDOUT ${host}:${port}`)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', reject);
    };
    socket.once('error', reject).once('close', settle);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

async function tunnelThrough(proxy: UpstreamProxy, asked: Addressed): Promise<Wire> {
  const wire = await toProxy(proxy, (...to) => Wire.to(...to));
  const authority = `${bracketed(asked.host)}:${asked.port}`;
  const credentials =
    proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  wire.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  const answer = await readFirstBytes(wire, {
    maxBytes: MAX_PROXY_ANSWER_BYTES,
    timeoutMs: PROXY_ANSWER_TIMEOUT_MS,
    look: readProxyAnswer,
  });
  const problem = 'failed' in answer ? answer.failed : answer.value.problem;
  if (problem !== undefined) {
    wire.destroy();
    throw new Error(`the proxy ${proxy.host}:${proxy.port} ${problem}`);
  }
  if ('value' in answer) wire.drop(answer.value.headBytes);
  return wire;
}

function readProxyAnswer(bytes: Buffer): { headBytes: number; problem?: string } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const line = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
  if (/^HTTP\/1\.[01] 2[0-9]{2}(?: |$)/.test(line)) return { headBytes: end + 4 };
  return { headBytes: end + 4, problem: `answered ${line.slice(0, 100)}` };
}

/** Returns the settled value. @throws Error `ETIMEDOUT` when `value` has not settled after `timeoutMs` */
export async function withTimeout<Value>(timeoutMs: number, value: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('ETIMEDOUT')), timeoutMs);
  });
  return await Promise.race([value, late]).finally(() => clearTimeout(timer));
}
