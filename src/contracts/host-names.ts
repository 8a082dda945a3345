import { createHash } from 'node:crypto';

/** Names on the host that drivers give to a bottle's resources, and that `verify` must know too. */

/**
 * Name of a network's bridge. A digest of the network's name, because an interface name has at most 15 characters
 * (IFNAMSIZ, netdevice(7)).
 */
export const bridgeName = (network: string): string => `bb-${digitsOf(network).slice(0, 12)}`;

/** Whether an interface of this name is the bridge of a bottle's network. */
export const isBridgeOfBottle = (link: string): boolean => /^bb-[0-9a-f]{12}$/.test(link);

/** Name of the image of a Dockerfile, the same on every engine. */
export const dockerfileReference = (hostPath: string): string =>
  `localhost/bot-bottle/custom:${digitsOf(hostPath).slice(0, 16)}`;

const digitsOf = (text: string): string => createHash('sha256').update(text).digest('hex');
