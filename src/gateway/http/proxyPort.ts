import type { Socket } from 'node:net';
import { readFirstBytes } from '../firstBytes.ts';
import { respondRaw } from './answer.ts';
import { serveConnect, type ConnectParts } from './connect.ts';
import { MAX_HEAD_BYTES, readFirstWords } from './connectHead.ts';

/** The proxy port: CONNECT is read here, because tunnels are many and Node's HTTP server is slow at them; the rest is HTTP. */

/** Also for an idle connection, which clients keep for a next request. */
const FIRST_REQUEST_TIMEOUT_MS = 60_000;

export async function serveProxyPort(parts: ConnectParts, socket: Socket): Promise<void> {
  const limits = { maxBytes: MAX_HEAD_BYTES, timeoutMs: FIRST_REQUEST_TIMEOUT_MS, look: readFirstWords };
  const first = await readFirstBytes(socket, limits);
  if ('failed' in first) return void socket.destroy();
  const { value, bytes } = first;
  if (value.kind === 'connect') {
    const rest = bytes.subarray(value.headBytes);
    return await serveConnect(parts, { target: value.target, hosts: value.hosts, socket, rest });
  }
  if (value.kind === 'malformed') {
    const asked = { via: 'connect', host: '', port: 0, method: 'CONNECT', path: '' } as const;
    const reason = `the CONNECT request ${value.reason}`;
    parts.gate.refuse(asked, 'gateway.malformed', reason);
    return respondRaw(socket, { status: 400, body: { error: 'malformed', reason } });
  }
  socket.unshift(bytes);
  parts.acceptHttp(socket, { via: 'proxy' });
}
