import type { Probe } from './probe.ts';

/** Talking the gateway into something: what it may not reach, under cover of what it may. */

const talk = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'reaches a host that no rule allows, under cover of one that is allowed',
} as const;

export const HOSTS: readonly Probe[] = [
  {
    ...talk,
    id: 'connect-name',
    claim: 'The gateway opens no tunnel to a name that leads to the host.',
    attack: 'have the proxy connect to a name not allowed',
    source: 'peers C6: rebinding, names that lead home',
  },
  {
    ...talk,
    id: 'connect-address',
    claim: "The gateway opens no tunnel to the host's address.",
    attack: "have the proxy connect to the host's address",
    source: 'peers B7: host gateway reachable through the proxy',
  },
  {
    ...talk,
    id: 'connect-ipv6',
    claim: 'The gateway opens no tunnel to an IPv6 address of the host.',
    attack: 'the same with IPv6 addresses',
    needs: 'ip6',
    source: 'peers A5, B8: IPv6 literals',
  },
  {
    ...talk,
    id: 'connect-spelling',
    family: 'names',
    claim: 'No spelling of an address is read as another by the gateway.',
    attack: 'the same in hex, octal, decimal and mapped',
    source: 'peers A5: decimal, octal, hex, mapped literals',
  },
  {
    ...talk,
    id: 'http-address',
    claim: "The gateway fetches nothing from the host's address.",
    attack: 'have the proxy fetch from that address',
    source: 'peers B3: plain HTTP and CONNECT disagree (nono #1673)',
  },
  {
    ...talk,
    id: 'own-name',
    claim: 'An allowed name that leads to the host is refused for where it leads.',
    attack: "use an allowed name that leads to the host's address",
    source: 'peers C6: allowed name resolving to loopback',
  },
  {
    ...talk,
    id: 'host-mismatch',
    claim: 'The Host header cannot differ from the host that was judged.',
    attack: 'hide another Host in an allowed request',
    source: 'peers D6: domain fronting (microsandbox #709)',
  },
  {
    ...talk,
    id: 'sni-mismatch',
    claim: 'The TLS name cannot differ from the host of the tunnel.',
    attack: 'hide another TLS name in an allowed tunnel',
    source: 'peers D6: SNI and CONNECT differ',
  },
  {
    ...talk,
    id: 'not-tls',
    claim: 'A tunnel that is for TLS carries nothing else.',
    attack: 'speak no TLS in a tunnel that is for TLS',
    source: 'peers D6: no TLS where TLS is due',
  },
];
