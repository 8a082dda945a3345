import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * Whether a label that begins with `xn--` is a valid A-label (RFC 5890, 2.3.2.1): it decodes to another script and
 * encodes back to itself. Node 24's own conversion accepts labels that do not.
 */
export function isAlabel(label: string): boolean {
  const meant = domainToUnicode(label);
  return meant !== label && domainToASCII(meant) === label;
}
