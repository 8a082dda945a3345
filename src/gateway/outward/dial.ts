import { connect, isIP, type Socket } from 'node:net';
import { reasonOf } from '../../errors.ts';
import type { UpstreamProxy } from '../config.ts';
import { readFirstBytes } from '../firstBytes.ts';
import type { Asked, Route } from '../gate.ts';

/** Connections to the outside: to exactly the addresses of a route, or through the company proxy. */

const CONNECT_TIMEOUT_MS = 15_000;
const PROXY_ANSWER_TIMEOUT_MS = 60_000;
const MAX_PROXY_ANSWER_BYTES = 16_384;
/** Finds out about a peer that is gone; an idle tunnel lives as long as both ends do. */
const KEEP_ALIVE_MS = 60_000;

/** A connection over which bytes reach the host that was asked for. @throws Error with the reason, for people */
export async function dialTunnel(route: Route, asked: Asked): Promise<Socket> {
  return route.kind === 'direct'
    ? await dialFirst(route.addresses, asked.port)
    : await tunnelThrough(route.proxy, asked);
}

/** A connection for plain HTTP: to the host, or to the company proxy, which takes absolute URLs. @throws Error */
export async function dialHttp(route: Route, asked: Asked): Promise<Socket> {
  return route.kind === 'direct'
    ? await dialFirst(route.addresses, asked.port)
    : await dialOnce(route.proxy.host, route.proxy.port);
}

/** The addresses one after the other, until one takes the connection. */
async function dialFirst(addresses: readonly string[], port: number): Promise<Socket> {
  const failures: string[] = [];
  for (const address of addresses) {
    if (isIP(address) === 0) throw new Error(`not an address: ${address}`); // it would be looked up once more
    try {
      return await dialOnce(address, port);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  throw new Error(failures.join('; '));
}

function dialOnce(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`connect ETIMEDOUT ${host}:${port}`));
    }, CONNECT_TIMEOUT_MS);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').pause();
      resolve(socket);
    });
  });
}

async function tunnelThrough(proxy: UpstreamProxy, asked: Asked): Promise<Socket> {
  const socket = await dialOnce(proxy.host, proxy.port);
  const authority = `${asked.host.includes(':') ? `[${asked.host}]` : asked.host}:${asked.port}`;
  const credentials =
    proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  const answer = await readFirstBytes(socket, {
    maxBytes: MAX_PROXY_ANSWER_BYTES,
    timeoutMs: PROXY_ANSWER_TIMEOUT_MS,
    look: readProxyAnswer,
  });
  const problem = 'failed' in answer ? answer.failed : answer.value.problem;
  if (problem !== undefined) {
    socket.destroy();
    throw new Error(`the proxy ${proxy.host}:${proxy.port} ${problem}`);
  }
  if ('value' in answer) socket.unshift(answer.bytes.subarray(answer.value.headBytes));
  return socket;
}

function readProxyAnswer(bytes: Buffer): { headBytes: number; problem?: string } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const line = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
  if (/^HTTP\/1\.[01] 2[0-9]{2}(?: |$)/.test(line)) return { headBytes: end + 4 };
  return { headBytes: end + 4, problem: `answered ${line.slice(0, 100)}` };
}
