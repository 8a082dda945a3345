import { bridgeName } from '../../contracts/host-names.ts';
import { createHash } from 'node:crypto';
import type { HostNames } from '../driver.ts';

/** Derives the names of everything made for a bottle from its id, so that removal needs only the name. */

/** A label on every container and network; its value is the bottle's id. */
export const BOTTLE_LABEL = 'bot-bottle.id';

export type Role = 'agent' | 'holder' | 'gateway' | 'checks' | 'firewall';

/** No id contains a dot, so no bottle's name equals another's name with a role. */
export const containerName = (id: string, role: Role): string =>
  role === 'agent' ? `bot-bottle-${id}` : `bot-bottle-${id}.${role}`;

/** Whether this is the name of an agent's container. */
export const isAgent = (container: string): boolean => !container.includes('.');

/** Whether this is the name of a gateway's container. */
export const isGateway = (container: string): boolean => container.endsWith('.gateway');

/** The bottle's own network, without a way out (bridge form). */
export const innerNetworkName = (id: string): string => `bot-bottle-${id}`;

/** The network of the gateway's way out. */
export const outerNetworkName = (id: string): string => `bot-bottle-${id}.out`;

/** The bottle that an inner network belongs to; undefined for any other network. */
export const bottleOfInnerNetwork = (network: string): string | undefined =>
  /^bot-bottle-([a-z0-9-]+)$/.exec(network)?.[1];

/** The netfilter table that closes the host against traffic from the bridge. */
export const dropTableName = (network: string): string => `bot_bottle_${bridgeName(network).slice(3)}`;

/** The names of a bottle's parts on the host, for `Driver.hostNames`. */
export const hostNames = (id: string): HostNames => ({
  bridge: bridgeName(innerNetworkName(id)),
  outerBridge: bridgeName(outerNetworkName(id)),
  dropTable: dropTableName(innerNetworkName(id)),
  gatewayContainer: containerName(id, 'gateway'),
});

export interface Subnet {
  readonly cidr: string;
  /** The engine reserves it for itself, whether or not it assigns it to the bridge. */
  readonly engineAddress: string;
  readonly gatewayAddress: string;
  readonly agentAddress: string;
  readonly checksAddress: string;
}

const SUBNETS_PER_POOL = 65_536 / 8;

/**
 * The addresses of a network for this attempt. They are from 198.18.0.0/15, which RFC 2544 reserves for measurements:
 * no real network uses it, and a gateway refuses to dial it. bot-bottle chooses the addresses because engines have only
 * about thirty networks' worth of them and then refuse ("could not find an available, non-overlapping IPv4 address
 * pool").
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
