import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Places that a bottle must not reach, for the launch checks; any port does, since no route may lead there. */

/** Cloud metadata, a public address (RFC 5737), broadcast, all hosts of the link, and a public IPv6 address (RFC 3849). */
const ALWAYS = [
  '169.254.169.254:80',
  '192.0.2.1:443',
  '255.255.255.255:9',
  '224.0.0.1:9',
  '[2001:db8::1]:443',
];

const ANY_PORT = 9;

/** This host's own addresses, link-local and loopback ones left out: those mean another thing inside. */
export function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outward = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return [...new Set(outward.map(({ address }) => address))];
}

/** `ADDRESS:PORT` of every place to try. */
export function unreachablePlaces(): string[] {
  const own = hostAddresses().map((address) =>
    isIPv4(address) ? `${address}:${ANY_PORT}` : `[${address}]:${ANY_PORT}`,
  );
  return [...own, ...ALWAYS];
}
