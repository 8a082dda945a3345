import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';
import { bridgeName, dropTableName, innerNetworkName, outerNetworkName } from '../names.ts';
import { runNft } from './firewall.ts';

/**
 * The host hears nothing that comes up from a bottle's bridge: no IPv4, no IPv6, no ARP, no raw frame. One netfilter chain
 * at the bridge's ingress, with the policy drop (nft(8), "ingress hook"); what goes between the bridge's ports does not
 * pass there. Without it, broadcasts, multicast and whatever is bound to the interface reach the host, one way.
 *
 * A short container installs it, for any user of the engine. See docs/adr/0043.
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
  if (found === undefined) throw refusal([`read back: ${said.trim()}`]);
  return found;
}

/** Removes the drop; not being there is fine. @throws BottleError when it cannot be removed */
export async function removeDrop(connection: Connection, order: DropOrder): Promise<void> {
  const script = `${unpassScript(bridgesOf(order.bottleId))} && ${undropScript(tableOf(order))}`;
  await runNft(connection, { ...order, script, refusal });
}

const tableOf = ({ bottleId }: DropOrder): string => dropTableName(innerNetworkName(bottleId));

/** One transaction: whatever was there under this name is replaced. */
export const dropScript = (table: string, bridge: string): string =>
  `nft 'add table netdev ${table}; delete table netdev ${table}; add table netdev ${table};` +
  ` add chain netdev ${table} up { type filter hook ingress device "${bridge}" priority -500; policy drop; }'` +
  ` && nft --json list table netdev ${table}`;

const undropScript = (table: string): string =>
  `nft 'add table netdev ${table}; delete table netdev ${table}'`;

/**
 * Docker's firewall meets what other engines' bridges carry, and drops it: the gateway could not reach the outside, nor,
 * where br_netfilter is on, the agent its gateway. DOCKER-USER is the chain that Docker leaves to others.
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

interface NftChain {
  readonly table?: string;
  readonly hook?: string;
  readonly dev?: string | readonly string[];
  readonly policy?: string;
}

/** The drop in what `nft --json list table` says, in words; undefined where it is not exactly that. */
export function dropIn(listing: string, table: string, bridge: string): string | undefined {
  let chains: NftChain[];
  try {
    const { nftables } = JSON.parse(listing) as { nftables: { chain?: NftChain; rule?: unknown }[] };
    if (nftables.some(({ rule }) => rule !== undefined)) return undefined; // a rule could accept before the policy
    chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  } catch {
    return undefined;
  }
  const [chain, ...others] = chains;
  const holds =
    chain !== undefined &&
    others.length === 0 &&
    chain.table === table &&
    chain.hook === 'ingress' &&
    chain.policy === 'drop' &&
    [chain.dev].flat().includes(bridge);
  return holds ? `netdev ${table}: ingress of ${bridge}, policy drop` : undefined;
}

function refusal(details: readonly string[]): BottleError {
  return new BottleError('rungUnavailable', 'the host could not be closed against the bottle’s bridge', {
    details,
    fix: 'a kernel with nf_tables and NETFILTER_INGRESS, or a runtime that uses the network it is given (runc)',
  });
}
