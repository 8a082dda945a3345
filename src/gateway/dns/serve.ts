import type { Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { Entry } from '../audit/line.ts';
import type { AuditLog } from '../audit/log.ts';
import { canonicalHost } from '../message/canonical.ts';
import type { LivePolicy } from '../gate/live-policy.ts';
import type { Decision } from '../policy/decide.ts';
import type { Finding } from '../dlp/finding.ts';
import { findingsInHost, SECRET_IN_HOST, type InspectHost } from '../gate/inspect-host.ts';
import { WITHHELD, withholding, type InspectLogTexts } from '../gate/withhold.ts';
import { RCODE, readQuery, TYPE, writeAnswer, type Query } from './message.ts';

/**
 * DNS for the bottle: an allowed name resolves to the gateway's address, every other name does not exist. The gateway
 * sends no query to the outside: a question cannot carry anything out.
 */

export interface DnsParts {
  readonly policy: Pick<LivePolicy, 'decideEarly'>;
  /** The address that allowed names resolve to. */
  readonly gatewayAddress: string;
  readonly audit: AuditLog;
  readonly inspectHost: InspectHost;
  readonly inspectLogTexts: InspectLogTexts;
}

const DNS_PORT = 53;
const TCP_IDLE_MS = 10_000;
const MAX_QUERY_BYTES = 4_096;
const MAX_UNTAKEN_BYTES = 64 * 1024;

/** Returns the answer to a message; undefined: it gets none. */
function answerDns(parts: DnsParts, message: Buffer): Buffer | undefined {
  const { gatewayAddress, audit, inspectLogTexts } = parts;
  const query = readQuery(message);
  if (query === undefined) return undefined;
  if (query.fault !== undefined) return writeAnswer(query, query.fault);
  const { host, decision, findings } = decideName(parts, query);
  const { verdict, rule, reason } = decision;
  const method = nameOfType(query.type);
  const entry: Entry = {
    verdict,
    rule,
    reason,
    findings,
    via: 'dns',
    host,
    port: DNS_PORT,
    method,
    path: '',
    tls: undefined,
  };
  const logged = audit.decision(verdict === 'deny' ? withholding(entry, inspectLogTexts) : entry);
  if (logged === undefined) return writeAnswer(query, RCODE.serverFailure);
  if (decision.verdict === 'deny') return writeAnswer(query, RCODE.nameError);
  // Other types of an existing name get no data. So there is no HTTPS record either, and with it no ECH.
  return writeAnswer(query, RCODE.noError, query.type === TYPE.A ? gatewayAddress : undefined);
}

interface Decided {
  /** The name as it may be logged. */
  readonly host: string;
  readonly decision: Decision;
  readonly findings: readonly Finding[] | undefined;
}

function decideName({ policy, inspectHost }: DnsParts, { name }: Query): Decided {
  const host = name === undefined ? { refused: 'has odd characters' } : canonicalHost(name);
  if ('host' in host && host.kind === 'name') {
    const decision = policy.decideEarly({ host: host.host });
    const { grant } = decision;
    const findings = grant === undefined ? [] : findingsInHost(host.host, grant, inspectHost);
    if (findings.length === 0) return { host: host.host, decision, findings: undefined };
    return { host: WITHHELD, decision: { verdict: 'deny', ...SECRET_IN_HOST }, findings };
  }
  const reason = 'refused' in host ? `the name ${host.refused}` : 'the name is an address';
  const decision = { verdict: 'deny', rule: 'gateway.malformed', reason } as const;
  return { host: name ?? '', decision, findings: undefined };
}

function nameOfType(type: number): string {
  return Object.entries(TYPE).find(([, number]) => number === type)?.[0] ?? `TYPE${type}`; // RFC 3597
}

/** Serves one message per datagram; a message that is not a query gets no answer (RFC 1035, 4.2.1). */
export function serveDnsDatagrams(parts: DnsParts, socket: DatagramSocket): void {
  socket.on('message', (message, from) => {
    if (from.port === 0) return; // raw sockets can send from port 0, which cannot be answered
    const reply = answerDns(parts, message);
    if (reply !== undefined) socket.send(reply, from.port, from.address, () => undefined);
  });
  socket.on('error', () => undefined); // the client of an answer is gone
}

/** Serves messages that follow their length (RFC 7766). */
export function serveDnsStream(parts: DnsParts, socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const length = pending.readUInt16BE(0);
      if (length > MAX_QUERY_BYTES) return void socket.destroy();
      if (pending.length < 2 + length) return;
      const reply = answerDns(parts, pending.subarray(2, 2 + length));
      pending = pending.subarray(2 + length);
      if (reply !== undefined)
        socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
      // A client that does not read its answers would fill memory with them.
      if (socket.writableLength > MAX_UNTAKEN_BYTES) return void socket.destroy();
    }
  });
  socket.resume();
}
