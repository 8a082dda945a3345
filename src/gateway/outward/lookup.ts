import { lookup } from 'node:dns/promises';
import { isIP, isIPv4 } from 'node:net';
import { errnoOf, reasonOf } from '../../errors.ts';
import {
  readNetworksIn,
  readOwnNetworks,
  setOf,
  type AddressSet,
  type OwnNetwork,
} from '../../host/system/own-addresses.ts';
import type { GatewayConfig } from '../config.ts';
import { plainAddress, refusedAddress } from '../policy/addresses.ts';
import { cachedSearch } from './cached-search.ts';
import { inFull } from './short-names.ts';
import { NoTurn, Turns } from './turns.ts';

/** Resolves an allowed host to addresses that may be dialled: one lookup, and a judgement of every answer. */

export type Found =
  | { readonly addresses: readonly string[] }
  | { readonly refused: string; readonly kind: 'address' | 'lookup' };

export type Lookup = (host: string) => Promise<Found>;

/** Returns the addresses of a name, in the order to try them. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** How the gateway learns the addresses of its host. */
type HostAddresses = Pick<GatewayConfig, 'hostAddresses' | 'hostTables'>;

const TIMEOUT_MS = 15_000;

/** Not cached: it says nothing about the host, and there may be a turn at once. */
const NO_TURN = unresolved(new NoTurn().message);

/**
 * Returns a lookup that also refuses the host's own addresses: the configured ones, and the kernel's at that moment. A
 * judged result may be dialled again for some seconds (cached-search.ts). For a silent name server, it reports a timeout, and
 * does so again until the C library gives up, whose thread the lookup occupies until then (turns.ts).
 */
export function createLookup(host: HostAddresses, resolve: Resolve = resolveAsHost): Lookup {
  const turns = new Turns();
  const find = async (name: string): Promise<Found> => {
    try {
      const addresses = isIP(name) === 0 ? await turns.take(name, () => resolve(name)) : [name];
      return judge(addresses, ownAddresses(host));
    } catch (error) {
      return error instanceof NoTurn ? NO_TURN : unresolved(errnoOf(error) ?? reasonOf(error));
    }
  };
  return cachedSearch(
    find,
    { ms: TIMEOUT_MS, late: unresolved('no answer in time') },
    (found) => found !== NO_TURN,
  );
}

/**
 * Resolves as the host does: getaddrinfo, with its hosts file, in its order. `inFull` completes a name without a dot.
 */
async function resolveAsHost(host: string): Promise<readonly string[]> {
  const found = await lookup(await inFull(host), { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function unresolved(why: string): Found {
  return { kind: 'lookup', refused: `does not resolve (${why})` };
}

/** One refused address refuses the name, because a mixed answer is an attack or a mistake. */
function judge(addresses: readonly string[], own: AddressSet): Found {
  for (const address of addresses) {
    const why = refusedAddress(address, own);
    if (why !== undefined) return { kind: 'address', refused: `leads to ${address} (${why})` };
  }
  return addresses.length > 0 ? { addresses } : unresolved('no address');
}

/**
 * Returns the host's own addresses.
 * @throws Error where the host's tables have no IPv4 address, because every host has its loopback
 */
function ownAddresses({ hostAddresses, hostTables }: HostAddresses): AddressSet {
  const shown = hostTables === undefined ? [] : readNetworksIn(hostTables);
  if (hostTables !== undefined && !shown.some(([address]) => isIPv4(address)))
    throw new Error(`found no addresses of the host in ${hostTables}`);
  const told = hostAddresses.map((text): OwnNetwork => {
    const [address = '', prefix] = text.split('/');
    return [address, prefix === undefined ? (isIPv4(address) ? 32 : 128) : Number(prefix)];
  });
  return setOf([...told, ...shown, ...readOwnNetworks()], plainAddress);
}
