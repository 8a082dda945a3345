import { describeRefusal } from '../gate/denial.ts';
import { readFirstBytes } from '../tunnel/first-bytes.ts';
import type { Wire } from '../tunnel/wire.ts';
import { respondRaw } from './exchange/error-response.ts';
import { serveConnect, type ConnectParts } from './client/connect.ts';
import { MAX_HEAD_BYTES, readFirstWords } from './client/connect-head.ts';

/** The proxy port. This code parses CONNECT itself, because tunnels are many and short. The rest is HTTP. */

/** Timeout in milliseconds, also for idle connections that clients keep for a later request. */
const FIRST_REQUEST_TIMEOUT_MS = 60_000;

/** Serves one connection from its first byte. Answers and logs refusals instead of throwing. */
export async function serveProxyPort(parts: ConnectParts, wire: Wire): Promise<void> {
  const limits = { maxBytes: MAX_HEAD_BYTES, timeoutMs: FIRST_REQUEST_TIMEOUT_MS, look: readFirstWords };
  const first = await readFirstBytes(wire, limits);
  if ('failed' in first) return wire.destroy();
  const words = first.value;
  if (words.kind === 'other') return parts.acceptHttp(wire, { via: 'proxy' });
  if (words.kind === 'connect') {
    wire.drop(words.headBytes);
    return await serveConnect(parts, { target: words.target, hosts: words.hosts, wire });
  }
  const asked = { via: 'connect', host: '', port: 0 } as const;
  const refusal = parts.gate.refuse(asked, 'gateway.malformed', `the CONNECT request ${words.reason}`);
  respondRaw(wire, describeRefusal(asked, refusal));
}
