import type { Targets } from '../../arena/targets.ts';
import { allowedRequest, datagram, interfaces, proxy, question } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';

/** Where attempts on the host's network are aimed, and what the same code may reach. */

export const DNS_PORT = 53;
/** What is let out where anything is. */
export const WEB_PORTS = [80, 443];

/** The host's own, and the first address of every network here: the host's or the router's. */
export const hosts4 = ({ addresses }: Targets): string[] => [
  ...addresses.ip4,
  ...interfaces().flatMap(({ first }) => first ?? []),
];

/** The host's own addresses, and the one that each host has. */
export const own4 = ({ addresses }: Targets): string[] => [...addresses.ip4, '127.0.0.1'];

/** Away from the host, where somebody listens or a capture looks. */
export const beyond4 = ({ beyond }: Targets): string[] => (beyond === undefined ? [] : [beyond.ip4]);

/** The same over IPv6. */
export const beyond6 = ({ beyond }: Targets): string[] => (beyond?.ip6 === undefined ? [] : [beyond.ip6]);

/** The host's, and beyond. */
export const outside4 = (t: Targets): string[] => [...hosts4(t), ...beyond4(t)];

/** The broadcast addresses that the host or an interface here has, and that of every network. */
export const broadcasts = ({ addresses }: Targets): string[] => [
  '255.255.255.255',
  ...addresses.broadcast,
  ...interfaces().flatMap(({ broadcast }) => broadcast ?? []),
];

/** A link-local address means something on an interface only: every one here, and those of the host. */
export const onEveryLink = ({ links }: Targets, addresses: readonly string[]): string[] =>
  [...new Set([...links, ...interfaces().map(({ name }) => name)])].flatMap((link) =>
    addresses.map((address) => `${address}%${link}`),
  );

/** A request to what is allowed, for the proxy: what is sent so comes to the canary. */
export function allowedText(t: Targets, nonce: string): string {
  const [line, headers] = allowedRequest(t, nonce);
  return `${[line, ...headers].join('\r\n')}\r\n\r\n`;
}

/** The same to what is allowed beyond the host. */
export function allowedBeyond(t: Targets, nonce: string): string {
  const at = `${t.names.beyond}:${t.port}`;
  return `GET http://${at}/${nonce} HTTP/1.1\r\nHost: ${at}\r\n\r\n`;
}

/** A question that the gateway answers: its log has the name. */
export const allowedQuestion = ({ names }: Targets, nonce: string): Buffer =>
  question(`${nonce}.${names.asked}`);

/** A datagram to the one place that may be sent to. */
export const allowedDatagram: Attempt = (t, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, allowedQuestion(t, nonce));
