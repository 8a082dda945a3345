import { createHash } from 'node:crypto';

/** Names on the host that drivers give to a bottle's things, and that `verify` must know too. */

/** Interface names have 15 characters at most (IFNAMSIZ, netdevice(7)): a digest stands for the network's name. */
export const bridgeName = (network: string): string => `bb-${digitsOf(network).slice(0, 12)}`;

/** Whether an interface of this name is the bridge of a bottle's network. */
export const isBridgeOfBottle = (link: string): boolean => /^bb-[0-9a-f]{12}$/.test(link);

/** What the image of a Dockerfile is called on every engine. */
export const dockerfileReference = (hostPath: string): string =>
  `localhost/bot-bottle/custom:${digitsOf(hostPath).slice(0, 16)}`;

const digitsOf = (text: string): string => createHash('sha256').update(text).digest('hex');
