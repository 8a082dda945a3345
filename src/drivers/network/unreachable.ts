import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Addresses that a bottle must not reach, for the launch checks. Any port will do, since no route may lead there. */

/**
 * Cloud metadata, a public address (RFC 5737), broadcast, all hosts of the link, and a public IPv6 address (RFC 3849).
 */
const ALWAYS = [
  '169.254.169.254:80',
  '192.0.2.1:443',
  '255.255.255.255:9',
  '224.0.0.1:9',
  '[2001:db8::1]:443',
];

const ANY_PORT = 9;

/**
 * `ADDRESS:PORT` of every place to try: this host's own addresses, except link-local and loopback ones, which have
 * another meaning inside, and some addresses that would be ways out.
 */
export function unreachablePlaces(interfaces = networkInterfaces()): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const outward = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const own = [...new Set(outward.map(({ address }) => address))];
  return [
    ...own.map((address) => (isIPv4(address) ? `${address}:${ANY_PORT}` : `[${address}]:${ANY_PORT}`)),
    ...ALWAYS,
  ];
}
