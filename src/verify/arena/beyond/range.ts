/**
 * A range for the network beyond this host: four addresses of those reserved for documentation (RFC 5737, RFC 3849).
 */
export interface Range {
  /** Such as `198.51.100.0/30`. */
  readonly ip4: string;
  readonly beyond4: string;
  readonly host4: string;
  /** Derived from the IPv4 range, so it is unused wherever that is. */
  readonly ip6: string;
  readonly beyond6: string;
  readonly host6: string;
}

const BLOCKS = ['198.51.100', '203.0.113', '192.0.2'];
const SIZE = 4;
/** Ignores routes with shorter prefixes, such as default routes: they lead everywhere and reserve nothing. */
const LEAST_BITS = 8;

/** Returns the ranges that overlap no route of this host, given all destinations as ip(8) prints them. Pure. */
export const freeRanges = (destinations: readonly string[]): readonly Range[] =>
  BLOCKS.flatMap((block) =>
    Array.from({ length: 256 / SIZE }, (_, index) => rangeAt(block, index * SIZE)).filter(
      ({ ip4 }) => !destinations.some((destination) => overlap(destination, ip4)),
    ),
  );

const DOCUMENTS6 = '2001:db8:';
const prefix6 = (block: string): string => `${DOCUMENTS6}${block.split('.').map(Number).join(':')}:`;

/** Returns whether no route of this host uses IPv6 documentation addresses, except those of our own ranges. Pure. */
export const isFree6 = (destinations: readonly string[]): boolean =>
  destinations
    .filter((destination) => destination.startsWith(DOCUMENTS6))
    .every((destination) => BLOCKS.some((block) => destination.startsWith(prefix6(block))));

function rangeAt(block: string, at: number): Range {
  const ip6 = `${prefix6(block)}${at}:`;
  return {
    ip4: `${block}.${at}/30`,
    beyond4: `${block}.${at + 1}`,
    host4: `${block}.${at + 2}`,
    ip6: `${ip6}:/126`,
    beyond6: `${ip6}:1`,
    host6: `${ip6}:2`,
  };
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [read(one), read(other)];
  if (a === undefined || b === undefined || a.bits < LEAST_BITS) return false;
  const shift = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.number / shift) === Math.floor(b.number / shift);
}

/** Parses an IPv4 network; undefined for anything else, such as `default`. */
function read(network: string): { readonly number: number; readonly bits: number } | undefined {
  const [, address, bits = '32'] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(network) ?? [];
  if (address === undefined) return undefined;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { number, bits: Number(bits) };
}
