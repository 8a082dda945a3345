import { once } from 'node:events';
import type { NetConnectOpts } from 'node:net';
import type { Targets } from '../../arena/targets.ts';
import { datagram, open, proxy, question, sendLast } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';
import { beyond4, DNS_PORT, own4 } from '../ways/aims.ts';

/** The common fields of DNS queries that carry a nonce. */

export const leak = {
  family: 'dns',
  oracle: { kind: 'canary' },
  breach: 'carries data out in names that it asks for',
} as const;

/** Returns the host's own addresses and, if there is one, the address beyond it. */
export const servers4 = (t: Targets): string[] => [...own4(t), ...beyond4(t)];

/** Returns the ports to query: the listeners', and that of name servers, where a capture hears the queries. */
export const portsOf = ({ port }: Targets, wellKnown: number = DNS_PORT): number[] => [port, wellKnown];

/** Returns a name that no rule allows. */
export const leakedBy = (nonce: string): string => `${nonce}.leak.test`;

/** Returns a name that is allowed. */
export const askedBy = ({ names }: Targets, nonce: string): string => `${nonce}.${names.asked}`;

/** Returns a query for a name with its length prefix (RFC 7766). */
export function framed(name: string): Buffer {
  const message = question(name);
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** Sends a query over TCP, and waits for the end of the connection. @throws Error when it fails */
export async function overTcp(where: NetConnectOpts, name: string): Promise<void> {
  const socket = await open(where);
  socket.resume(); // an unread answer would keep the connection open
  const closed = once(socket, 'close');
  await sendLast(socket, framed(name));
  await closed;
}

/** Record types to query: a program that can query one can query the others. */
export const TYPES = ['A', 'AAAA', 'TXT', 'ANY', 'MX', 'SRV', 'CAA', 'NAPTR', 'SOA', 'NS', 'CNAME', 'PTR'];

/** Sends the same datagram to the gateway, the only allowed server, whose log records the name. */
export const askedByDatagram: Attempt = (t, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(askedBy(t, nonce)));
