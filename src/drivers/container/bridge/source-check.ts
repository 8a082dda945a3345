import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';
import { runNft } from './firewall.ts';
import type { OpenSidecar } from './sidecar.ts';

/**
 * The gateway hears a source only where it would answer it. Who can write a frame to the inner bridge (a guest's kernel that
 * was taken over) can forge its source; without this the gateway, or its kernel, answers by its way out.
 *
 * Not by rp_filter: the larger value of "all" and of the interface counts, and Podman sets 2 (loose) for each interface.
 * See docs/adr/0174.
 */

const TABLE = 'bot_bottle_source';

export interface SourceCheckOrder {
  readonly bottleId: string;
  /** An image with nft. */
  readonly image: string;
  readonly sidecar: OpenSidecar;
  readonly signal: AbortSignal;
}

/** Installs the check in the gateway's network and reads it back. @throws BottleError `rungUnavailable` when it is not in force */
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
 * One transaction: whatever was there under this name is replaced. Before connection tracking and the engine's own rules.
 * The last line says whose network it was.
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

/** The check in what the script printed, in words; undefined where it is not exactly that, in that network. */
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

/** Handles are numbers that the kernel gives. */
const withoutHandles = (key: string, value: unknown): unknown => (key === 'handle' ? undefined : value);

function refusal(details: readonly string[]): BottleError {
  return new BottleError('rungUnavailable', 'the gateway could not be closed against forged sources', {
    details,
    fix: 'a kernel with nf_tables and NFT_FIB_IPV4, or a runtime that uses the network it is given (runc)',
  });
}
