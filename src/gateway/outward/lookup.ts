import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { errnoOf } from '../../errors.ts';
import { plainAddress, refusedAddress } from '../policy/addresses.ts';
import { inTime } from './in-time.ts';
import { inFull } from './short-names.ts';

/** From an allowed host to addresses that may be dialled: one lookup, and every answer judged. */

export type Found =
  | { readonly addresses: readonly string[] }
  | { readonly refused: string; readonly kind: 'address' | 'lookup' };

export type Lookup = (host: string) => Promise<Found>;

const TIMEOUT_MS = 15_000;
/** What was judged may be dialled again for this long; a program opens many connections to one host at once. */
const KEPT_MS = 5_000;
const MAX_KEPT = 500;

/** A lookup that also refuses `hostAddresses`, and the addresses that this machine has at that moment. */
export function createLookup(hostAddresses: readonly string[]): Lookup {
  const kept = new Map<string, { readonly found: Promise<Found>; readonly until: number }>();
  return (host) => {
    const before = kept.get(host);
    if (before !== undefined && before.until > Date.now()) return before.found;
    if (kept.size >= MAX_KEPT) kept.clear();
    const found = find(host, hostAddresses);
    kept.set(host, { found, until: Date.now() + KEPT_MS });
    return found;
  };
}

async function find(host: string, hostAddresses: readonly string[]): Promise<Found> {
  try {
    const addresses = isIP(host) === 0 ? await lookUp(host) : [host];
    return judge(addresses, ownAddresses(hostAddresses));
  } catch (error) {
    const code = errnoOf(error) ?? 'no answer in time';
    return { kind: 'lookup', refused: `does not resolve (${code})` };
  }
}

/** As the host resolves: getaddrinfo, with its hosts file, in its order; a name without a dot as `inFull` has it. */
async function lookUp(host: string): Promise<string[]> {
  const answer = inFull(host).then(async (name) => await lookup(name, { all: true, verbatim: true }));
  const found = await inTime(TIMEOUT_MS, answer);
  return found.map(({ address }) => address);
}

/** One address that must not be dialled fails the name: a mixed answer is an attack or a mistake. */
function judge(addresses: readonly string[], own: ReadonlySet<string>): Found {
  for (const address of addresses) {
    const why = refusedAddress(address, own);
    if (why !== undefined) return { kind: 'address', refused: `leads to ${address} (${why})` };
  }
  return addresses.length > 0 ? { addresses } : { kind: 'lookup', refused: 'does not resolve (no address)' };
}

function ownAddresses(hostAddresses: readonly string[]): ReadonlySet<string> {
  const now = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set([...hostAddresses, ...now.map(({ address }) => address)].map(plainAddress));
}
