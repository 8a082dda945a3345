import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';

/**
 * A bottle's bridge is also an interface of the host. With an address there, the host would be a neighbour of the
 * bottle, and only the drop would separate them. Two barriers are better, and each is checked. Older engines cannot
 * avoid IPv6's link-local address.
 */

/** Confirms that the engine makes its bridges on this host. @throws BottleError `rungUnavailable` if it does not */
export function expectBridgesOnHost({ dialect }: Pick<Connection, 'dialect'>): void {
  if (dialect.bridgesOnHost) return;
  throw new BottleError(
    'rungUnavailable',
    'this engine’s bridges are not on this host: the host cannot be closed against them',
    {
      fix: 'a runtime that uses the network it is given (runc, crun), or a rootful engine',
    },
  );
}

/** Confirms that the host has no address on this bridge. @throws BottleError `rungUnavailable` when it has one */
export function confirmHostless(bridge: string): string {
  const found = addressesOn(bridge, networkInterfaces());
  if (found.length === 0) return `${bridge} has no address of the host`;
  throw new BottleError('rungUnavailable', 'the host has an address in the bottle’s network', {
    details: [`${bridge} has ${found.join(', ')}`],
    fix: 'bot-bottle doctor',
  });
}

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[] | undefined>
>;

/** The addresses by which the bottle could reach the host. Pure. */
export const addressesOn = (bridge: string, interfaces: Interfaces): string[] =>
  (interfaces[bridge] ?? [])
    .filter(({ family, address }) => family === 'IPv4' || !address.startsWith('fe80:'))
    .map(({ address }) => address);
