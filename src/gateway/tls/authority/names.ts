import { isIPv4, isIPv6 } from 'node:net';
import type { Policy } from '../../config.ts';
import type { Constraints } from './certificate.ts';

/**
 * The names and addresses for which a bottle's authority may issue: those for which a rule opens TLS, and no others.
 */

/**
 * Returns the constraints for a policy. A wildcard becomes the name with all its subdomains, because constraints cannot
 * express anything narrower.
 */
export function constraintsOf({ allow }: Policy): Constraints {
  const hosts = allow
    .filter(({ opensTls }) => opensTls === true)
    .map(({ host }) => host.replace(/^\*\./, ''));
  const unique = [...new Set(hosts)];
  return {
    names: unique.filter((host) => addressBytes(host) === undefined),
    addresses: unique.filter((host) => addressBytes(host) !== undefined),
  };
}

/** Returns a canonical address in network byte order; undefined for a name. */
export function addressBytes(host: string): Buffer | undefined {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number));
  if (!isIPv6(host)) return undefined;
  const [head = '', tail] = host.split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  const gap = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  return Buffer.from([...front, ...gap, ...back].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
