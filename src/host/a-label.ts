import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * Whether a label that begins with `xn--` says something in another script, and is written so (RFC 5890, 2.3.2.1). Node 24's
 * own conversion lets through what does not.
 */
export function isAlabel(label: string): boolean {
  const meant = domainToUnicode(label);
  return meant !== label && domainToASCII(meant) === label;
}
