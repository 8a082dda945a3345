import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/**
 * The addresses at which this network namespace takes connections. The kernel's own tables are asked: getifaddrs(3), as libuv reads
 * it, leaves out interfaces without a carrier (a bridge without ports, an unplugged cable), and whole networks that are local.
 */

/** Of this process's network namespace. */
export const PROC_NET = '/proc/net';

/** Files of /proc/net. Each is small, and can be read by anybody. None is there on macOS. */
export const KERNEL_TABLES = {
  /** Routes of IPv4, in all tables, so those of a VRF too: fib_trie.c. */
  routes4: 'fib_trie',
  /** Addresses of IPv6, also those that are not in use yet: addrconf.c. */
  addresses6: 'if_inet6',
  /** Routes of IPv6: route.c. */
  routes6: 'ipv6_route',
} as const;

/** A network that is this host's: an address with its prefix length, `192.0.2.1/32`. */
export type OwnNetwork = readonly [address: string, prefixLength: number];

/** Those of the local routes in the text of /proc/net/fib_trie. Pure. */
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

/** Those of the text of /proc/net/if_inet6. Pure. */
export const parseAddresses6 = (text: string): readonly OwnNetwork[] =>
  [...text.matchAll(/^([0-9a-f]{32}) /gm)].map(([, digits = '']) => [address6(digits), 128]);

/** RTF_LOCAL and RTF_ANYCAST of linux/ipv6_route.h: what is sent there stays here. */
const STAYS = 0x80000000 | 0x00100000;

/** Those of the local routes in the text of /proc/net/ipv6_route, anycast addresses of routers with them. Pure. */
export const parseRoutes6 = (text: string): readonly OwnNetwork[] =>
  text.split('\n').flatMap((line): OwnNetwork[] => {
    const [digits = '', prefix = '', , , , , , , flags = ''] = line.split(/\s+/);
    if ((Number.parseInt(flags, 16) & STAYS) === 0) return [];
    return [[address6(digits), Number.parseInt(prefix, 16)]];
  });

const address6 = (digits: string): string => digits.replaceAll(/.{4}(?!$)/g, '$&:');

/** A set of addresses, by their canonical spelling. */
export interface AddressSet {
  has(address: string): boolean;
}

/** This host's networks at this moment. */
export function readOwnNetworks(): readonly OwnNetwork[] {
  const listed = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [
    ...readNetworksIn(PROC_NET),
    ...listed.map(({ address }): OwnNetwork => [address, isIPv4(address) ? 32 : 128]),
  ];
}

/** The networks in the tables of this folder, /proc/net or one that shows a host's; without a table, none of its kind. */
export function readNetworksIn(folder: string): readonly OwnNetwork[] {
  const text = (name: keyof typeof KERNEL_TABLES): string =>
    readKernelFile(join(folder, KERNEL_TABLES[name])) ?? '';
  return [
    ...parseRoutes4(text('routes4')),
    ...parseAddresses6(text('addresses6')),
    ...parseRoutes6(text('routes6')),
  ];
}

/** What lies in these networks; `canonical` gives the one spelling by which a set is asked. Pure. */
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
