import { posix } from 'node:path';
import { BottleError } from '../../errors.ts';

/** Where a machine has something of its own, and nothing is laid over it. */
const OWN = /^\/(?:etc|home|home\/agent|tmp|var\/tmp|run|(?:dev|proc|sys|run\/bot-bottle)(?:\/.*)?)?$/;

/**
 * The places of a machine that its image wants a volume at: empty, the agent's, and gone with the machine, as in a container.
 * Not where something is mounted, or the machine has a place of its own. Pure. @throws BottleError `manifest`
 */
export function volumePlaces(
  volumes: readonly string[],
  mounted: readonly { readonly guestPath: string }[],
): readonly string[] {
  const places = volumes.map((path) => posix.resolve('/', path));
  const odd = places.find((path) => /[\n\\]|\s$/.test(path));
  if (odd !== undefined)
    throw new BottleError('manifest', `the image wants a volume at ${JSON.stringify(odd)}`, {
      fix: 'give it a path without line breaks, backslashes and spaces at its end',
    });
  const taken = new Set(mounted.map(({ guestPath }) => guestPath));
  return [...new Set(places)].filter((path) => !OWN.test(path) && !taken.has(path)).toSorted();
}
