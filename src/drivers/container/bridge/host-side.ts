import type { NetworkInterfaceInfo } from 'node:os';
import { networkInterfaces } from 'node:os';
import { BottleError } from '../../../errors.ts';

/**
 * A bottle's bridge is an interface of the host too. With an address there, the host would be a neighbour of the bottle, and only
 * the drop between them: that is two walls, and each is looked at. Older engines cannot do without IPv6's link-local address.
 */

/** Confirms that the host has no address on this bridge, and says so. @throws BottleError `rungUnavailable` when it has one */
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

/** Those by which the bottle could speak to the host. Pure. */
export const addressesOn = (bridge: string, interfaces: Interfaces): string[] =>
  (interfaces[bridge] ?? [])
    .filter(({ family, address }) => family === 'IPv4' || !address.startsWith('fe80:'))
    .map(({ address }) => address);
