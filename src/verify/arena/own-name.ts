import { isIP } from 'node:net';

/** What of this host decides it. */
export interface Naming {
  /** The text of its hosts file: hosts(5). */
  readonly hosts: string;
  /** Its addresses but for loopback. */
  readonly addresses: readonly string[];
  readonly hostname: string;
}

/**
 * A name that leads to this host by its hosts file alone. One that leads to an address which others reach too is best: to a
 * gateway in a network of its own, loopback is not the host. `localhost` where the file has none.
 */
export function ownNameOf({ hosts, addresses, hostname }: Naming): string {
  const entries = hosts.split('\n').flatMap(entriesOf);
  const outward = entries.find(({ address }) => addresses.includes(address));
  const loopback = entries.find(({ address, name }) => name === hostname && address.startsWith('127.'));
  return (outward ?? loopback)?.name ?? 'localhost';
}

function entriesOf(line: string): { readonly address: string; readonly name: string }[] {
  const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
  if (isIP(address) !== 4) return [];
  return names.filter((name) => WRITABLE.test(name)).map((name) => ({ address, name }));
}

/** As a rule of a manifest may name it. */
const WRITABLE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
