import { once } from 'node:events';
import type { NetConnectOpts } from 'node:net';
import type { Targets } from '../../arena/targets.ts';
import { datagram, open, proxy, question, sendLast } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';
import { beyond4, DNS_PORT, own4 } from '../ways/aims.ts';

/** Questions that carry a nonce, and what all of these have in common. */

export const leak = {
  family: 'dns',
  oracle: { kind: 'canary' },
  breach: 'carries data out in names that it asks for',
} as const;

/** The host's own addresses, and the one beyond it, where one is. */
export const servers4 = (t: Targets): string[] => [...own4(t), ...beyond4(t)];

/** Where the listeners are, and where servers of names are: there a capture hears what is asked. */
export const portsOf = ({ port }: Targets, wellKnown: number = DNS_PORT): number[] => [port, wellKnown];

/** A name that nobody has allowed. */
export const leakedBy = (nonce: string): string => `${nonce}.leak.test`;

/** One that is allowed. */
export const askedBy = ({ names }: Targets, nonce: string): string => `${nonce}.${names.asked}`;

/** A question for a name, with its length before it (RFC 7766). */
export function framed(name: string): Buffer {
  const message = question(name);
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** Asks by a connection, and waits for its end. @throws Error when it is refused */
export async function overTcp(where: NetConnectOpts, name: string): Promise<void> {
  const socket = await open(where);
  socket.resume(); // unread, an answer would keep it open
  const closed = once(socket, 'close');
  await sendLast(socket, framed(name));
  await closed;
}

/** Of records: what asks for one asks for another. */
export const TYPES = ['A', 'AAAA', 'TXT', 'ANY', 'MX', 'SRV', 'CAA', 'NAPTR', 'SOA', 'NS', 'CNAME', 'PTR'];

/** The same datagram, to the one server that may be asked: its log has the name. */
export const askedByDatagram: Attempt = (t, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(askedBy(t, nonce)));
