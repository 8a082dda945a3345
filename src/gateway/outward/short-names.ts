import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { kept } from './kept.ts';

/**
 * Names without a dot, which people write: in a rule, or for the company proxy. They are taken as this host takes them: by its hosts
 * file, and what is not in there with the domains of its search list. All other names are asked for as they stand: see LOCALDOMAIN in
 * host/system/gateway-node.ts.
 */

export type InFull = (host: string) => Promise<string>;

/** What this host knows of names. */
export interface Sources {
  readonly read: (path: string) => Promise<string>;
  readonly hasAddress: (name: string) => Promise<boolean>;
}

const HOSTS_PATH = '/etc/hosts';
const RESOLVER_PATH = '/etc/resolv.conf';

/**
 * For a name without a dot, the first one in a domain of the search list that has an address; any other host as it is, and so what the
 * hosts file knows, which is read before anything is asked for. `localhost` is this host even without it (RFC 6761, 6.3).
 */
export function createInFull(sources: Sources): InFull {
  const find = kept((host) => search(host, sources));
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

/** `createInFull` of the machine that this is. */
export const inFull: InFull = createInFull({
  read: (path) => readFile(path, 'utf8'),
  hasAddress: (name) =>
    lookup(name).then(
      () => true,
      () => false,
    ),
});

/** The names and aliases of a hosts file, in small letters. */
export function hostsOf(text: string): ReadonlySet<string> {
  const lines = text.split('\n').map((line) => line.replace(/#.*/s, '').trim().split(/\s+/));
  const named = lines.filter(([address = '']) => isIP(address) !== 0);
  return new Set(named.flatMap(([, ...names]) => names.map((name) => name.toLowerCase())));
}

/** The domains of resolv.conf: of several lines, the last one counts. */
export function searchList(text: string): readonly string[] {
  const lists = text.split('\n').flatMap((line) => /^(?:search|domain)\s+(.*)$/.exec(line)?.[1] ?? []);
  const domains = lists.at(-1)?.split(/\s+/) ?? [];
  return domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '');
}
