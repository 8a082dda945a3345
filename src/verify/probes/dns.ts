import type { Probe } from './probe.ts';

/** DNS, and what stands in for it, as a way out. */

const leak = {
  family: 'dns',
  oracle: { kind: 'canary' },
  breach: 'carries data out in names that it asks for',
} as const;
const elsewhere = {
  ...leak,
  control: 'log',
  source: 'claude-code #36907, gh-aw-firewall #9: any server on port 53; CVE-2025-55284 (Claude Code)',
} as const;
const shouted = {
  ...elsewhere,
  source: 'RFC 6762, RFC 4795, RFC 1002: names asked of all neighbours',
} as const;
const overHttps = { ...leak, control: 'canary', source: 'RFC 8484: DoH' } as const;

export const DNS: readonly Probe[] = [
  {
    ...elsewhere,
    id: 'dns-elsewhere',
    claim: 'No DNS server but the gateway can be asked.',
    attack: 'ask a DNS server of its own choice',
    needs: 'ip4',
  },
  {
    ...elsewhere,
    id: 'dns-tcp',
    claim: 'No other DNS server can be asked over TCP.',
    attack: 'the same over TCP',
    source: 'gh-aw-firewall #9: any server on port 53, over TCP too; RFC 7766',
  },
  {
    ...elsewhere,
    id: 'dns-types',
    claim: 'No type of record can be asked of another DNS server.',
    attack: 'the same for TXT, ANY, MX and nine more types',
  },
  {
    ...elsewhere,
    id: 'dns-option',
    claim: 'No option of a question reaches another DNS server.',
    attack: 'the same, with the data in an option (EDNS)',
    source: 'RFC 6891: options carry what they like',
  },
  {
    ...elsewhere,
    id: 'dns-tls',
    claim: 'No DNS server can be asked over TLS.',
    attack: 'the same over TLS (DoT)',
    control: 'canary',
    source: 'RFC 7858: DoT',
  },
  {
    ...leak,
    id: 'dns-gateway',
    claim: 'The gateway passes no question on, of whatever type, for a name that no rule allows.',
    attack: 'ask the gateway for every type of record',
    control: 'log',
    closedInTheOpen: 'whom the resolver of a plain program asks is not heard by these listeners',
    source: 'CVE-2025-55284 (Claude Code); MITRE ATT&CK T1071.004: data in names that resolvers pass on',
  },
  {
    ...overHttps,
    id: 'dns-https-get',
    claim: 'No DNS server can be asked over HTTP that no rule allows.',
    attack: 'ask by HTTP, in the URL (DoH)',
  },
  {
    ...overHttps,
    id: 'dns-https-post',
    claim: 'No DNS server can be asked over HTTP, in a message, that no rule allows.',
    attack: 'ask by HTTP, as a message (DoH)',
  },
  {
    ...overHttps,
    id: 'dns-tunnel',
    claim: 'No tunnel carries DNS.',
    attack: 'ask through a tunnel',
    source: 'RFC 7766: DNS over TCP; MITRE ATT&CK T1572, protocol tunnelling',
  },
  {
    ...shouted,
    id: 'mdns',
    claim: 'No question to all neighbours (mDNS) reaches the host.',
    attack: 'ask all neighbours (mDNS)',
    needs: 'ip4',
  },
  {
    ...shouted,
    id: 'llmnr',
    claim: 'No question to all neighbours (LLMNR) reaches the host.',
    attack: 'ask all neighbours (LLMNR)',
    needs: 'ip4',
  },
  {
    ...shouted,
    id: 'netbios',
    claim: 'No question by broadcast (NetBIOS) reaches the host.',
    attack: 'ask all neighbours (NetBIOS)',
    needs: 'broadcast',
  },
];
