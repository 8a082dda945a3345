import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Place } from '../settings.ts';
import { read, write } from './containers.ts';

/** The networks that there are. `default` is the built-in one and is always there. */

export interface Network {
  readonly id: string;
  readonly mode: 'nat' | 'hostOnly';
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: string;
  /** Its addresses: those of 10.201.N.0/24, so that no network of a test host is hit. */
  readonly third: number;
}

export const DEFAULT_NETWORK = 'default';
export const NO_NETWORK = 'none';

const networksPath = ({ stateDir }: Place): string => join(stateDir, 'networks.json');
export const subnetOf = ({ third }: Network): string => `10.201.${third}.0/24`;
export const gatewayOf = ({ third }: Network): string => `10.201.${third}.1`;

/** The name of its bridge on this host: of the place too, so that two stand-ins do not meet. */
export const bridgeOf = ({ stateDir }: Place, { id }: Pick<Network, 'id'>): string =>
  `ap${createHash('sha256').update(`${stateDir} ${id}`).digest('hex').slice(0, 8)}`;

/** All of them. */
export const allNetworks = (place: Place): readonly Network[] =>
  (read(networksPath(place)) as Network[] | undefined) ?? [
    {
      id: DEFAULT_NETWORK,
      mode: 'nat',
      labels: {},
      creationDate: '2026-01-01T00:00:00Z',
      third: thirdOf(place, []),
    },
  ];

/** Notes what there is from now on. */
export const writeNetworks = (place: Place, networks: readonly Network[]): void =>
  write(networksPath(place), networks);

/** A third byte that no network here has, another one for each place. */
export function thirdOf({ stateDir }: Place, networks: readonly Network[]): number {
  let third = createHash('sha256').update(stateDir).digest()[0] ?? 0;
  while (networks.some((network) => network.third === third)) third = (third + 1) % 256;
  return third;
}
