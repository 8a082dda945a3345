import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/**
 * The addresses at which this network namespace accepts connections. Reads the kernel's own tables: getifaddrs(3),
 * which libuv uses, omits interfaces without a carrier (a bridge without ports, an unplugged cable) and whole local
 * networks.
 */

/** Tables of this process's network namespace. */
export const PROC_NET = '/proc/net';

/** Files of /proc/net. Each is small and readable by everyone. macOS has none of them. */
export const KERNEL_TABLES = {
  /** IPv4 routes of all tables, including those of a VRF: fib_trie.c. */
  routes4: 'fib_trie',
  /** IPv6 addresses, including those that are not in use yet: addrconf.c. */
  addresses6: 'if_inet6',
  /** IPv6 routes: route.c. */
  routes6: 'ipv6_route',
} as const;

/** A network that belongs to this host: an address with its prefix length, `192.0.2.1/32`. */
export type OwnNetwork = readonly [address: string, prefixLength: number];

/** The networks of the local routes in the text of /proc/net/fib_trie. Pure. */
export function parseRoutes4(text: string): readonly OwnNetwork[] {
  const found: OwnNetwork[] = [];
  let leaf = '';
  for (const line of text.split('\n')) {
    leaf = /^\s*\|-- (\d[\d.]+)$/.exec(line)?.[1] ?? leaf;
    const prefix = /^\s*\/(\d+) \w+ LOCAL\b/.exec(line)?.[1];
    if (prefix !== undefined) found.push([leaf, Number(prefix)]);
  }
  return found;
}

/** The addresses in the text of /proc/net/if_inet6. Pure. */
export const parseAddresses6 = (text: string): readonly OwnNetwork[] =>
  [...text.matchAll(/^([0-9a-f]{32}) /gm)].map(([, digits = '']) => [address6(digits), 128]);

/** RTF_LOCAL and RTF_ANYCAST of linux/ipv6_route.h: traffic to such a route stays on this host. */
const STAYS = 0x80000000 | 0x00100000;

/** The networks of the local routes in the text of /proc/net/ipv6_route, including routers' anycast addresses. Pure. */
export const parseRoutes6 = (text: string): readonly OwnNetwork[] =>
  text.split('\n').flatMap((line): OwnNetwork[] => {
    const [digits = '', prefix = '', , , , , , , flags = ''] = line.split(/\s+/);
    if ((Number.parseInt(flags, 16) & STAYS) === 0) return [];
    return [[address6(digits), Number.parseInt(prefix, 16)]];
  });

const address6 = (digits: string): string => digits.replaceAll(/.{4}(?!$)/g, '$&:');

/** A set of addresses in canonical spelling. */
export interface AddressSet {
  has(address: string): boolean;
}

/** The current networks of this host. */
export function readOwnNetworks(): readonly OwnNetwork[] {
  const listed = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [
    ...readNetworksIn(PROC_NET),
    ...listed.map(({ address }): OwnNetwork => [address, isIPv4(address) ? 32 : 128]),
  ];
}

/** The networks in the tables of a folder, /proc/net or a copy of a host's; a missing table yields none. */
export function readNetworksIn(folder: string): readonly OwnNetwork[] {
  const text = (name: keyof typeof KERNEL_TABLES): string =>
    readKernelFile(join(folder, KERNEL_TABLES[name])) ?? '';
  return [
    ...parseRoutes4(text('routes4')),
    ...parseAddresses6(text('addresses6')),
    ...parseRoutes6(text('routes6')),
  ];
}

/** The set of addresses in these networks. `canonical` gives the spelling that callers of `has` use. Pure. */
export function setOf(networks: readonly OwnNetwork[], canonical: (address: string) => string): AddressSet {
  const addresses = new Set<string>();
  const ranges = new BlockList();
  for (const [address, prefix] of networks) {
    const plain = canonical(address);
    const isFour = isIPv4(plain);
    if (prefix === (isIPv4(address) ? 32 : 128)) addresses.add(plain);
    else if (isFour === isIPv4(address)) ranges.addSubnet(plain, prefix, isFour ? 'ipv4' : 'ipv6');
  }
  return {
    has: (address) => addresses.has(address) || ranges.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'),
  };
}
