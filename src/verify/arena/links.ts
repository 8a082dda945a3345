import { isBridgeOfBottle } from '../../contracts/host-names.ts';
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { leadsBeyond } from './way-beyond.ts';

/**
 * Interfaces of this host that attempts are aimed at. Rungs are attacked side by side, and what one of them has brought goes with it: at
 * an address that is no more, the other one would find nobody, and be held.
 */

/** Whether this one is no other rung's, nor another verify's, by its name and that of the bridge that it is a port of. Pure. */
export const isNobodyElses = (
  names: readonly (string | undefined)[],
  own: ReadonlySet<string | undefined>,
): boolean =>
  names.every(
    (name) => name === undefined || own.has(name) || !(isBridgeOfBottle(name) || leadsBeyond(name)),
  );

/** The bridge that an interface is a port of; undefined where it is none, or is gone. */
export function bridgeOver(link: string): string | undefined {
  try {
    return basename(readlinkSync(`/sys/class/net/${link}/master`));
  } catch {
    return undefined;
  }
}
