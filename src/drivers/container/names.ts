import { bridgeName } from '../../contracts/host-names.ts';
import { createHash } from 'node:crypto';
import type { HostNames } from '../driver.ts';

/** Everything made for a bottle is named after it, so that removal needs no more than the name. */

/** On every container and network; its value is the bottle's id. */
export const BOTTLE_LABEL = 'bot-bottle.id';

export type Role = 'agent' | 'holder' | 'gateway' | 'checks' | 'firewall';

/** The dot is in no id, so that no bottle's name is another's with a role. */
export const containerName = (id: string, role: Role): string =>
  role === 'agent' ? `bot-bottle-${id}` : `bot-bottle-${id}.${role}`;

/** Whether a container of this name is an agent's. */
export const isAgent = (container: string): boolean => !container.includes('.');

/** Whether a container of this name is a gateway beside its bottle. */
export const isGateway = (container: string): boolean => container.endsWith('.gateway');

/** The bottle's own network, which leads nowhere (bridge form). */
export const innerNetworkName = (id: string): string => `bot-bottle-${id}`;

/** The gateway's way out. */
export const outerNetworkName = (id: string): string => `bot-bottle-${id}.out`;

/** The bottle that an inner network belongs to; undefined for any other network. */
export const bottleOfInnerNetwork = (network: string): string | undefined =>
  /^bot-bottle-([a-z0-9-]+)$/.exec(network)?.[1];

/** The table that closes the host against what comes from the bridge. */
export const dropTableName = (network: string): string => `bot_bottle_${bridgeName(network).slice(3)}`;

/** What a bottle is called outside, in the words of the drivers' seam. */
export const hostNames = (id: string): HostNames => ({
  bridge: bridgeName(innerNetworkName(id)),
  outerBridge: bridgeName(outerNetworkName(id)),
  dropTable: dropTableName(innerNetworkName(id)),
  gatewayContainer: containerName(id, 'gateway'),
});

export interface Subnet {
  readonly cidr: string;
  /** Taken by the engine for itself, whether it puts it on the bridge or not. */
  readonly engineAddress: string;
  readonly gatewayAddress: string;
  readonly agentAddress: string;
  readonly checksAddress: string;
}

const SUBNETS_PER_POOL = 65_536 / 8;

/**
 * A network's addresses, of its `attempt`-th choice. Out of 198.18.0.0/15, which RFC 2544 keeps for measurements: no real
 * network uses it, and a gateway refuses to dial it. Named by us, since engines own about thirty networks' worth of
 * addresses and then refuse ("could not find an available, non-overlapping IPv4 address pool").
 */
export function subnetOf(network: string, attempt: number): Subnet {
  const first = digestOf(network).readUInt32BE(0);
  const index = (first + attempt) % (2 * SUBNETS_PER_POOL);
  const at = (host: number): string => {
    const offset = index * 8 + host;
    return `198.${18 + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
  };
  return {
    cidr: `${at(0)}/29`,
    engineAddress: at(1),
    gatewayAddress: at(2),
    agentAddress: at(3),
    checksAddress: at(4),
  };
}

const digestOf = (name: string): Buffer => createHash('sha256').update(name).digest();
