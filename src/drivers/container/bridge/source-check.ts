import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';
import { runNft } from './firewall.ts';
import type { OpenSidecar } from './sidecar.ts';

/**
 * The gateway accepts a source address only on the interface that it would answer through. A program that can write
 * frames to the inner bridge (a compromised guest kernel) can forge the source; without this check the gateway, or its
 * kernel, would answer through the outer interface.
 *
 * rp_filter does not suffice: the larger value of "all" and of the interface counts, and Podman sets 2 (loose) for each
 * interface. See docs/adr/0001.
 */

const TABLE = 'bot_bottle_source';

export interface SourceCheckOrder {
  readonly bottleId: string;
  /** An image with nft. */
  readonly image: string;
  readonly sidecar: OpenSidecar;
  readonly signal: AbortSignal;
}

/**
 * Installs the check in the gateway's network and reads it back.
 * @throws BottleError `rungUnavailable` when it is not in force
 */
export async function installSourceCheck(connection: Connection, order: SourceCheckOrder): Promise<string> {
  const { bottleId, image, sidecar, signal } = order;
  const said = await runNft(connection, {
    bottleId,
    image,
    script: sourceCheckScript(),
    joined: sidecar.container,
    signal,
    refusal,
  });
  const found = sourceCheckIn(said, sidecar.network);
  if (found === undefined) throw refusal([`read back: ${said.trim()}`]);
  return found;
}

/**
 * Replaces a table of this name in one transaction. The chain runs before connection tracking and the engine's own
 * rules. The last line of the output names the network namespace.
 */
export const sourceCheckScript = (): string =>
  `nft 'add table ip ${TABLE}; delete table ip ${TABLE}; add table ip ${TABLE};` +
  ` add chain ip ${TABLE} in { type filter hook prerouting priority -300; policy accept; };` +
  ` add rule ip ${TABLE} in iifname != "lo" fib saddr . iif oif missing drop'` +
  ` && nft --json list table ip ${TABLE} && readlink /proc/self/ns/net`;

const EXPECTED: readonly unknown[] = [
  { table: { family: 'ip', name: TABLE } },
  {
    chain: {
      family: 'ip',
      table: TABLE,
      name: 'in',
      type: 'filter',
      hook: 'prerouting',
      prio: -300,
      policy: 'accept',
    },
  },
  {
    rule: {
      family: 'ip',
      table: TABLE,
      chain: 'in',
      expr: [
        { match: { op: '!=', left: { meta: { key: 'iifname' } }, right: 'lo' } },
        { match: { op: '==', left: { fib: { result: 'oif', flags: ['saddr', 'iif'] } }, right: false } },
        { drop: null },
      ],
    },
  },
];

/** Describes the check that the script printed; undefined if it is not exactly that check, in that network. */
export function sourceCheckIn(said: string, network: string | undefined): string | undefined {
  const lines = said.trim().split('\n');
  const found = lines.pop() ?? '';
  if (network === undefined ? !/^net:\[\d+\]$/.test(found) : found !== network) return undefined;
  try {
    const { nftables } = JSON.parse(lines.join('\n'), withoutHandles) as { nftables: object[] };
    const entries = nftables.filter((entry) => !('metainfo' in entry));
    return isDeepStrictEqual(entries, EXPECTED) ? `ip ${TABLE}: strict reverse path, ${found}` : undefined;
  } catch {
    return undefined;
  }
}

/** Drops handles: numbers that the kernel assigns. */
const withoutHandles = (key: string, value: unknown): unknown => (key === 'handle' ? undefined : value);

function refusal(details: readonly string[]): BottleError {
  return new BottleError('rungUnavailable', 'the gateway could not be closed against forged sources', {
    details,
    fix: 'a kernel with nf_tables and NFT_FIB_IPV4, or a runtime that uses the network it is given (runc)',
  });
}
