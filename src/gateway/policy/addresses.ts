import { BlockList, isIPv4 } from 'node:net';
import type { AddressSet } from '../../host/system/own-addresses.ts';

/**
 * Address ranges that a name must never resolve to. From the IANA special-purpose registries (RFC 6890), without the
 * documentation ranges, which have no hosts and are used by test networks. A rule can still pin any of these addresses.
 */
const REFUSED: readonly (readonly [range: string, why: string])[] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'cloud platform'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarking'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved or broadcast'],
  ['::/96', 'unspecified, loopback or IPv4-compatible'],
  ['64:ff9b::/112', 'this network'],
  ['64:ff9b:1::/48', 'local NAT64'],
  ['100::/64', 'discard'],
  ['2001::/32', 'Teredo'],
  ['2002::/16', '6to4'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
];

/** The same ranges in CIDR notation, for a gateway of another program. */
export const REFUSED_RANGES: readonly string[] = REFUSED.map(([range]) => range);

const CLASSES = REFUSED.map(([range, why]) => {
  const [network = '', prefix] = range.split('/');
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), familyOf(network));
  return { block, why };
});

/**
 * Forms of IPv6 that carry an IPv4 address, which is then judged: RFC 6052's prefix, RFC 4291's mapped form and RFC
 * 2765's translated form.
 */
const CARRIES_IPV4 = /^(?:64:ff9b::|::ffff:|::ffff:0:)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * Returns why the gateway must not dial this address for a name. Undefined: it may. `own`: the host's own addresses, in
 * canonical spelling.
 */
export function refusedAddress(address: string, own: AddressSet): string | undefined {
  const canonical = plainAddress(address);
  const family = familyOf(canonical);
  const why = CLASSES.find(({ block }) => block.check(canonical, family))?.why;
  return why ?? (own.has(canonical) ? "the host's own" : undefined);
}

/** Returns the canonical spelling of an address. An IPv4 address within IPv6 becomes IPv4. Drops the zone. */
export function plainAddress(address: string): string {
  if (isIPv4(address)) return address;
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const carried = CARRIES_IPV4.exec(canonical);
  if (carried === null) return canonical;
  const bytes = [carried[1], carried[2]].flatMap((half) => {
    const value = Number.parseInt(half ?? '', 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

/**
 * Returns whether a program in a bottle means the bottle itself by this name: its servers announce
 * `http://0.0.0.0:8000`. Pure.
 */
export const isBottleItself = (host: string): boolean =>
  /^(?:localhost|bottle|127(?:\.\d+){3}|0\.0\.0\.0|::1?)$/.test(host);
