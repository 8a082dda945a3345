import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { cachedSearch } from './cached-search.ts';

/**
 * Completes names without a dot, which people write in a rule or for the company proxy, as this host does: by its hosts
 * file, and otherwise with the domains of its search list. All other names are looked up unchanged: see LOCALDOMAIN in
 * host/system/gateway-node.ts.
 */

export type InFull = (host: string) => Promise<string>;

/** This host's sources of names. */
export interface Sources {
  readonly read: (path: string) => Promise<string>;
  readonly hasAddress: (name: string) => Promise<boolean>;
}

const HOSTS_PATH = '/etc/hosts';
const RESOLVER_PATH = '/etc/resolv.conf';

/**
 * For a name without a dot, returns the first one in a domain of the search list that has an address. Returns any other
 * host unchanged, and names in the hosts file, which is read before any lookup. `localhost` is this host even without
 * an entry (RFC 6761, 6.3).
 */
export function createInFull(sources: Sources): InFull {
  const find = cachedSearch((host) => search(host, sources));
  return async (host) => {
    if (host.includes('.') || isIP(host) !== 0 || host.toLowerCase() === 'localhost') return host;
    return await find(host);
  };
}

async function search(host: string, { read, hasAddress }: Sources): Promise<string> {
  const textOf = (path: string): Promise<string> => read(path).catch(() => '');
  if (hostsOf(await textOf(HOSTS_PATH)).has(host.toLowerCase())) return host;
  for (const domain of searchList(await textOf(RESOLVER_PATH))) {
    const name = `${host}.${domain}`;
    if (await hasAddress(name)) return name;
  }
  return host;
}

/** `createInFull` with this machine's sources. */
export const inFull: InFull = createInFull({
  read: (path) => readFile(path, 'utf8'),
  hasAddress: (name) =>
    lookup(name).then(
      () => true,
      () => false,
    ),
});

/** Returns the names and aliases of a hosts file, in lower case. */
export function hostsOf(text: string): ReadonlySet<string> {
  const lines = text.split('\n').map((line) => line.replace(/#.*/s, '').trim().split(/\s+/));
  const named = lines.filter(([address = '']) => isIP(address) !== 0);
  return new Set(named.flatMap(([, ...names]) => names.map((name) => name.toLowerCase())));
}

/** Returns the search domains of resolv.conf. The last of several lines counts. */
export function searchList(text: string): readonly string[] {
  const lists = text.split('\n').flatMap((line) => /^(?:search|domain)\s+(.*)$/.exec(line)?.[1] ?? []);
  const domains = lists.at(-1)?.split(/\s+/) ?? [];
  return domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '');
}
