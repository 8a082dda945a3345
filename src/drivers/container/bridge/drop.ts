import { bridgeName } from '../../../contracts/host-names.ts';
import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';
import { dropTableName, innerNetworkName, outerNetworkName } from '../names.ts';
import { runNft } from './firewall.ts';

/**
 * The drop: the host receives nothing from a bottle's bridge: no IPv4, no IPv6, no ARP, no raw frame. It is one
 * netfilter chain at the bridge's ingress, with the policy drop (nft(8), "ingress hook"); traffic between the bridge's
 * ports does not pass that chain. Without it, broadcast and multicast frames reach the host, and so do frames to
 * sockets bound to the interface, one way.
 *
 * A short-lived container installs it, for any user of the engine. See docs/adr/0001.
 */

export interface DropOrder {
  readonly bottleId: string;
  /** An image with nft. */
  readonly image: string;
  readonly signal: AbortSignal;
}

/** Installs the drop and reads it back. @throws BottleError `rungUnavailable` when it is not in force */
export async function installDrop(connection: Connection, order: DropOrder): Promise<string> {
  const [table, bridges] = [tableOf(order), bridgesOf(order.bottleId)];
  const script = installScript(connection, table, bridges);
  const said = await runNft(connection, { ...order, script, refusal });
  const found = dropIn(said, table, bridges.inner);
  if (found !== undefined) return found;
  const missing = missingInDrop(said, table, bridges.inner).join(', ');
  throw refusal([`missing in what nft lists: ${missing}`, `read back: ${said.trim()}`]);
}

/** Removes the drop; a missing one is fine. @throws BottleError when it cannot be removed */
export async function removeDrop(connection: Connection, order: DropOrder): Promise<void> {
  const script = `${unpassScript(bridgesOf(order.bottleId))} && ${undropScript(tableOf(order))}`;
  await runNft(connection, { ...order, script, refusal });
}

const tableOf = ({ bottleId }: DropOrder): string => dropTableName(innerNetworkName(bottleId));

/**
 * Replaces a table of this name in one transaction. Lists the table as text: the JSON of nft 1.0.6 (Debian 12) does not
 * name a chain's device; its text does, like the text of newer versions.
 */
export const dropScript = (table: string, bridge: string): string =>
  `nft 'add table netdev ${table}; delete table netdev ${table}; add table netdev ${table};` +
  ` add chain netdev ${table} up { type filter hook ingress device "${bridge}" priority -500; policy drop; }'` +
  ` && nft list table netdev ${table}`;

const undropScript = (table: string): string =>
  `nft 'add table netdev ${table}; delete table netdev ${table}'`;

/**
 * Docker's firewall also sees traffic on other engines' bridges, and drops it: the gateway could not reach the outside,
 * nor, if br_netfilter is on, could the agent reach its gateway. DOCKER-USER is the chain that Docker leaves to others.
 */
const CHAIN = 'ip filter DOCKER-USER';
const passScript = ({ inner, outer }: Bridges): string =>
  `if nft list chain ${CHAIN} >/dev/null 2>&1; then nft '` +
  [
    `iifname "${inner}" oifname "${inner}" accept`,
    `iifname "${outer}" accept`,
    `oifname "${outer}" ct state established,related accept`,
  ]
    .map((rule) => `insert rule ${CHAIN} ${rule};`)
    .join(' ') +
  `'; fi`;

const unpassScript = ({ inner, outer }: Bridges): string =>
  `nft --handle list chain ${CHAIN} 2>/dev/null | grep -e '"${inner}"' -e '"${outer}"' | grep -o 'handle [0-9]*' | ` +
  `while read -r rule; do nft "delete rule ${CHAIN} $rule" || exit; done`;

interface Bridges {
  readonly inner: string;
  readonly outer: string;
}

const bridgesOf = (bottleId: string): Bridges => ({
  inner: bridgeName(innerNetworkName(bottleId)),
  outer: bridgeName(outerNetworkName(bottleId)),
});

function installScript({ dialect }: Connection, table: string, bridges: Bridges): string {
  const drop = dropScript(table, bridges.inner);
  return dialect.meetsDockersFirewall
    ? `${unpassScript(bridges)} && ${passScript(bridges)} && ${drop}`
    : drop;
}

/** Describes the drop that `nft list table` prints; undefined if the listing is not exactly the drop. Pure. */
export function dropIn(listing: string, table: string, bridge: string): string | undefined {
  const isExact = missingInDrop(listing, table, bridge).length === 0;
  return isExact ? `netdev ${table}: ingress of ${bridge}, policy drop` : undefined;
}

/**
 * The parts of the drop that `nft list table` does not print, or a note that it prints more: a rule could accept before
 * the policy. Pure.
 */
export function missingInDrop(listing: string, table: string, bridge: string): string[] {
  const expected = [
    `table netdev ${table} {`,
    'chain up {',
    'type filter hook ingress',
    `device ${bridge}`,
    'priority -500;',
    'policy drop;',
    '} }',
  ];
  const printed = withPlainDevice(listing, bridge).trim().split(/\s+/).join(' ');
  const missing = expected.filter((part) => !` ${printed} `.includes(` ${part} `));
  const isExact = printed === expected.join(' ');
  return isExact || missing.length > 0 ? missing : ['nothing; nft lists more than the drop'];
}

/** nft prints one device as `device "x"` or, if the chain was given a list of devices, as `devices = { x }`. */
const withPlainDevice = (listing: string, bridge: string): string =>
  listing.replaceAll(`"${bridge}"`, bridge).replaceAll(`devices = { ${bridge} }`, `device ${bridge}`);

function refusal(details: readonly string[]): BottleError {
  return new BottleError('rungUnavailable', 'the host could not be closed against the bottle’s bridge', {
    details,
    fix: 'a kernel with nf_tables and NETFILTER_INGRESS, or a runtime that uses the network it is given (runc)',
  });
}
