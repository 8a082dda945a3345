import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { isAlabel } from '../../host/a-label.ts';

/**
 * The canonical spelling of a host. Every host from the bottle is converted here once, and the gateway compares, looks
 * up, dials and logs only this spelling. It refuses ambiguous spellings instead of repairing them.
 */

export interface Host {
  readonly kind: 'name' | 'ip4' | 'ip6';
  /** Lower case, A-labels, no trailing dot; an IPv6 address compressed (RFC 5952) and without brackets. */
  readonly host: string;
}

export interface Endpoint {
  readonly host: Host;
  readonly port: number;
}

/** Why a spelling is refused; a clause for people, such as "has an empty label". */
export interface Refused {
  readonly refused: string;
}

const MAX_NAME_LENGTH = 253; // RFC 1035, without the trailing dot
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Hosts that some parser takes for an IPv4 address: WHATWG URL, "ends in a number". */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$/i;
const IPV4_IN_IPV6 = /^::(?:ffff:)?(?:0:)?[0-9a-f]{1,4}:[0-9a-f]{1,4}$/;

/**
 * Returns the canonical form of a host as programs send it: in a Host header, a CONNECT target, an SNI, a DNS question.
 * ASCII only: names of other scripts arrive as A-labels (RFC 5890).
 */
export function canonicalHost(text: string): Host | Refused {
  if (text === '') return { refused: 'is empty' };
  if (!/^[\x21-\x7e]+$/.test(text)) return { refused: 'has control, space or non-ASCII characters' };
  if (text.startsWith('[')) return canonicalIpv6(text.slice(1, -1), text.endsWith(']'));
  const odd = /[^A-Za-z0-9._-]/.exec(text)?.[0];
  if (odd !== undefined) return { refused: `has the character ${odd}` };
  if (ENDS_IN_NUMBER.test(text)) return canonicalIpv4(text);
  return canonicalName(text.toLowerCase().replace(/\.$/, ''));
}

/** As `canonicalHost`, for hosts that people write in a manifest: names of any script, and IPv6 without brackets. */
export function canonicalWrittenHost(text: string): Host | Refused {
  if (isIPv6(text)) return canonicalIpv6(text, true);
  if (/^\p{ASCII}*$/u.test(text)) return canonicalHost(text);
  const ascii = domainToASCII(text);
  // Mapping may lower the case and compose. If it does more (zero-width, full-width, other dots), the name is a
  // disguise.
  if (ascii === '' || domainToUnicode(ascii) !== text.toLowerCase().normalize('NFC')) {
    return { refused: 'has characters that can be read in two ways; write its ASCII form (xn--...)' };
  }
  return canonicalHost(ascii);
}

/** Parses `host`, `host:port` or `[v6]:port`. */
export function canonicalEndpoint(text: string, defaultPort: number | undefined): Endpoint | Refused {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text);
  if (parts === null) return { refused: 'is not a host with a port' };
  const port = parts[2] === undefined ? defaultPort : Number(parts[2]);
  if (port === undefined) return { refused: 'has no port' };
  if (port < 1 || port > 65_535) return { refused: 'has an impossible port' };
  const host = canonicalHost(parts[1] ?? '');
  return 'refused' in host ? host : { host, port };
}

function canonicalName(name: string): Host | Refused {
  if (name.length > MAX_NAME_LENGTH) return { refused: 'is too long' };
  for (const label of name.split('.')) {
    if (label === '') return { refused: 'has an empty label' };
    if (!LABEL.test(label)) return { refused: `has the label ${label.slice(0, 64)}` };
    if (label.startsWith('xn--') && !isAlabel(label)) {
      return { refused: `has an invalid A-label ${label}` };
    }
  }
  return { kind: 'name', host: name };
}

function canonicalIpv4(text: string): Host | Refused {
  // isIPv4 accepts only four decimal parts without leading zeros.
  return isIPv4(text) ? { kind: 'ip4', host: text } : { refused: 'is an odd spelling of an IPv4 address' };
}

function canonicalIpv6(text: string, closed: boolean): Host | Refused {
  if (!closed) return { refused: 'has an open bracket' };
  if (text.includes('%')) return { refused: 'has an IPv6 zone' };
  if (!isIPv6(text)) return { refused: 'is not an IPv6 address' };
  const host = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  if (IPV4_IN_IPV6.test(host)) return { refused: 'is an IPv4 address written as IPv6' };
  return { kind: 'ip6', host };
}

/** Returns a host as written before a port: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The host and port of a request, in canonical spelling. */
export interface Addressed {
  readonly host: string;
  readonly port: number;
  /** Undefined until the client has shown its protocol. */
  readonly scheme?: 'https' | 'http' | 'tcp' | undefined;
}

/** Returns host and port for the Host header, without the scheme's default port. */
export function authorityOf({ host, port, scheme }: Addressed): string {
  const name = bracketed(host);
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
