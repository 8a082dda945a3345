import type { Targets } from '../../arena/targets.ts';
import { allowedRequest, datagram, interfaces, proxy, question } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';

/** Targets of attempts on the host's network, and allowed targets for the same code. */

export const DNS_PORT = 53;
/** The ports that firewalls allow most often. */
export const WEB_PORTS = [80, 443];

/** Returns the host's addresses, and the first address of every network here, which is the host's or the router's. */
export const hosts4 = ({ addresses }: Targets): string[] => [
  ...addresses.ip4,
  ...interfaces().flatMap(({ first }) => first ?? []),
];

/** Returns the host's addresses, and loopback. */
export const own4 = ({ addresses }: Targets): string[] => [...addresses.ip4, '127.0.0.1'];

/** Returns the IPv4 address beyond the host, if there is a listener or a capture. */
export const beyond4 = ({ beyond }: Targets): string[] => (beyond === undefined ? [] : [beyond.ip4]);

/** Returns the IPv6 address beyond the host, if any. */
export const beyond6 = ({ beyond }: Targets): string[] => (beyond?.ip6 === undefined ? [] : [beyond.ip6]);

/** Returns the host's addresses and that beyond. */
export const outside4 = (t: Targets): string[] => [...hosts4(t), ...beyond4(t)];

/** Returns the broadcast addresses of the host and of interfaces here, and the general one. */
export const broadcasts = ({ addresses }: Targets): string[] => [
  '255.255.255.255',
  ...addresses.broadcast,
  ...interfaces().flatMap(({ broadcast }) => broadcast ?? []),
];

/** Returns link-local addresses with every interface here and of the host, because they need an interface. */
export const onEveryLink = ({ links }: Targets, addresses: readonly string[]): string[] =>
  [...new Set([...links, ...interfaces().map(({ name }) => name)])].flatMap((link) =>
    addresses.map((address) => `${address}%${link}`),
  );

/** Returns an allowed request for the proxy, which the canary receives. */
export function allowedText(t: Targets, nonce: string): string {
  const [line, headers] = allowedRequest(t, nonce);
  return `${[line, ...headers].join('\r\n')}\r\n\r\n`;
}

/** Returns an allowed request to the listener beyond the host. */
export function allowedBeyond(t: Targets, nonce: string): string {
  const at = `${t.names.beyond}:${t.port}`;
  return `GET http://${at}/${nonce} HTTP/1.1\r\nHost: ${at}\r\n\r\n`;
}

/** Returns a query that the gateway answers; its log records the name. */
export const allowedQuestion = ({ names }: Targets, nonce: string): Buffer =>
  question(`${nonce}.${names.asked}`);

/** Sends a datagram to the only allowed address. */
export const allowedDatagram: Attempt = (t, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, allowedQuestion(t, nonce));
