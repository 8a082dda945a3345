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
    source: 'CWE-918: requests that a server is talked into; names that lead home',
  },
  {
    ...talk,
    id: 'connect-address',
    claim: "The gateway opens no tunnel to the host's address.",
    attack: "have the proxy connect to the host's address",
    source: "CVE-2025-9074: Docker Desktop's engine at an address of its own; apple/container #2062",
  },
  {
    ...talk,
    id: 'connect-ipv6',
    claim: 'The gateway opens no tunnel to an IPv6 address of the host.',
    attack: 'the same with IPv6 addresses',
    needs: 'ip6',
    source: 'RFC 3986, 3.2.2: IPv6 literals; openai/codex #10431: IPv6 past a list of IPv4 addresses',
  },
  {
    ...talk,
    id: 'connect-spelling',
    family: 'names',
    claim: 'No spelling of an address is read as another by the gateway.',
    attack: 'the same in hex, octal, decimal and mapped',
    source: 'CVE-2021-28918, CVE-2021-29921: octal read as decimal; inet_aton(3); RFC 4291, 2.5.5.2',
  },
  {
    ...talk,
    id: 'http-address',
    claim: "The gateway fetches nothing from the host's address.",
    attack: 'have the proxy fetch from that address',
    source: 'nono #1673, #1676: plain HTTP and CONNECT were judged by different code',
  },
  {
    ...talk,
    id: 'own-name',
    claim: 'An allowed name that leads to the host is refused for where it leads.',
    attack: "use an allowed name that leads to the host's address",
    source: 'Jackson et al., Protecting Browsers from DNS Rebinding Attacks (2007)',
  },
  {
    ...talk,
    id: 'host-mismatch',
    claim: 'The Host header cannot differ from the host that was judged.',
    attack: 'hide another Host in an allowed request',
    source: 'microsandbox #709: domain fronting; MITRE ATT&CK T1090.004',
  },
  {
    ...talk,
    id: 'sni-mismatch',
    claim: 'The TLS name cannot differ from the host of the tunnel.',
    attack: 'hide another TLS name in an allowed tunnel',
    source: 'gh-aw-firewall #8878: a TLS name that is not the host of CONNECT',
  },
  {
    ...talk,
    id: 'not-tls',
    claim: 'A tunnel that is for TLS carries nothing else.',
    attack: 'speak no TLS in a tunnel that is for TLS',
    source: 'RFC 9110, 9.3.6: a tunnel carries any protocol; MITRE ATT&CK T1572, protocol tunnelling',
  },
];
