import type { AuditLine } from '../gateway/config.ts';

/**
 * The attempts to get out that the demo shows. What each does is in assets/demo (same ids); here is what it claims to
 * do, what this host must have for it, and where to look for its success. Ids, claims and rows are one to one.
 */

/** Addresses of a kind other than loopback, or a program. */
export type Need = 'ip4' | 'ip6' | 'linkLocal' | 'broadcast' | 'perl';

export interface Attempt {
  readonly id: string;
  /** What an agent would do, for people; it fits a line of the table. */
  readonly claim: string;
  /** What this host must have, so that the attempt can succeed in the open at all. */
  readonly needs?: Need;
  /** Success is a nonce that the canary hears (default), loot that it hears, a file on the host, or a process that ends. */
  readonly success?: 'loot' | 'file' | 'kill';
}

export const ATTEMPTS: readonly Attempt[] = [
  { id: 'tcp-host', claim: 'connect to every address of this host', needs: 'ip4' },
  { id: 'tcp-loopback', claim: "connect to the host's own 127.0.0.1" },
  { id: 'tcp-ipv6', claim: 'connect over IPv6', needs: 'ip6' },
  { id: 'tcp-link-local', claim: 'connect to a link-local address', needs: 'linkLocal' },
  { id: 'udp-host', claim: 'send a datagram, no answer needed', needs: 'ip4' },
  { id: 'udp-ipv6', claim: 'the same over IPv6', needs: 'ip6' },
  { id: 'udp-link-local', claim: 'the same to a link-local address', needs: 'linkLocal' },
  { id: 'udp-broadcast', claim: 'shout to the whole network (broadcast)', needs: 'broadcast' },
  { id: 'udp-multicast', claim: 'shout to a group (multicast)', needs: 'ip4' },
  { id: 'udp-multicast-ipv6', claim: 'the same to ff02::1', needs: 'linkLocal' },
  { id: 'udp-bound-device', claim: 'send past routing (SO_BINDTODEVICE)', needs: 'perl' },
  { id: 'dns-elsewhere', claim: 'ask a DNS server of its own choice', needs: 'ip4' },
  { id: 'connect-name', claim: 'have the proxy connect to a name not allowed' },
  { id: 'connect-address', claim: "have the proxy connect to the host's address" },
  { id: 'connect-ipv6', claim: 'the same with IPv6 addresses', needs: 'ip6' },
  { id: 'connect-spelling', claim: 'the same in hex, octal, decimal and mapped' },
  { id: 'http-address', claim: 'have the proxy fetch from that address' },
  { id: 'own-name', claim: "use an allowed name that leads to the host's address" },
  { id: 'host-mismatch', claim: 'hide another Host in an allowed request' },
  { id: 'sni-mismatch', claim: 'hide another TLS name in an allowed tunnel' },
  { id: 'not-tls', claim: 'speak no TLS in a tunnel that is for TLS' },
  { id: 'unix-abstract', claim: 'connect to an abstract Unix socket' },
  { id: 'unix-file', claim: "connect to a socket file, as an engine's" },
  { id: 'read-file', claim: "read a file of the host's and carry it home", success: 'loot' },
  { id: 'environment', claim: "read the launcher's environment", success: 'loot' },
  { id: 'proc-environ', claim: 'read the environment of other processes', success: 'loot' },
  { id: 'proc-cmdline', claim: 'read the arguments of other processes', success: 'loot' },
  { id: 'write-file', claim: 'write a file on the host', success: 'file' },
  { id: 'write-tmp', claim: "write into the host's /tmp", success: 'file' },
  { id: 'kill', claim: 'end a process of the host', success: 'kill' },
];

/** What must go through in the bottle, so that silence means something. */
export interface Control {
  readonly id: string;
  readonly claim: string;
  /** Who says so besides the program itself: the canary, or the gateway's log with an allowed request by one of these ways. */
  readonly witness: 'canary' | readonly AuditLine['via'][] | undefined;
}

export const CONTROLS: readonly Control[] = [
  { id: 'git', claim: 'git init', witness: undefined },
  { id: 'npm-proxy', claim: 'npm install is-number, by the proxy variables', witness: ['connect', 'proxy'] },
  { id: 'run', claim: 'run what was installed', witness: undefined },
  { id: 'npm-plain', claim: 'npm install is-number, without the proxy variables', witness: ['tls', 'http'] },
  { id: 'http-before', claim: 'allowed HTTP, before the attempts', witness: 'canary' },
  { id: 'tls-before', claim: 'allowed TLS, before the attempts', witness: 'canary' },
  { id: 'http-after', claim: 'allowed HTTP, after the attempts', witness: 'canary' },
  { id: 'tls-after', claim: 'allowed TLS, after the attempts', witness: 'canary' },
];
