import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/**
 * Names without a dot, which people write: in a rule, or for the company proxy. They are taken as this host takes them, with the
 * domains of its search list. All other names are asked for as they stand: see LOCALDOMAIN in host/gateway-node.ts.
 */

const RESOLVER_PATH = '/etc/resolv.conf';

/** The first name in a domain of the search list that has an address, for a name without a dot; any other host as it is. */
export async function inFull(host: string): Promise<string> {
  if (host.includes('.') || isIP(host) !== 0) return host;
  for (const domain of searchList(await readFile(RESOLVER_PATH, 'utf8').catch(() => ''))) {
    const name = `${host}.${domain}`;
    if (await hasAddress(name)) return name;
  }
  return host;
}

const hasAddress = async (name: string): Promise<boolean> =>
  await lookup(name).then(
    () => true,
    () => false,
  );

/** The domains of resolv.conf: of several lines, the last one counts. */
export function searchList(text: string): readonly string[] {
  const lists = text.split('\n').flatMap((line) => /^(?:search|domain)\s+(.*)$/.exec(line)?.[1] ?? []);
  const domains = lists.at(-1)?.split(/\s+/) ?? [];
  return domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '');
}
