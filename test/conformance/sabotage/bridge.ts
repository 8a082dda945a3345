import { BRIDGE, main, netRaw, noFilter, type Sabotage } from './sabotage.ts';

const noDrop = main(/priority -500; policy drop;/, 'priority -500; policy accept;');
const hostAddress = main(
  /"com\.docker\.network\.bridge\.inhibit_ipv4": "true"/,
  '"com.docker.network.bridge.inhibit_ipv4": "false"',
);
const ip6Settings = main(/function ipv6Off\(\) \{/, '$& return {};');
const ip6 = [
  ip6Settings,
  main(/EnableIPv6: false,/, 'EnableIPv6: network.internal,'),
  main(
    /IPAM: \{ Config: \[\{ Subnet: network\.cidr \}\] \},/,
    'IPAM: { Config: [{ Subnet: network.cidr }, ...(network.internal ? [{ Subnet: `fd42:${network.bridge.slice(3, 7)}::/64` }] : [])] },',
  ),
];

const FORWARDING = ['conf.all.proxy_arp', 'conf.all.proxy_arp_pvlan', 'ip_forward'];

const ip6Open = [
  ...ip6,
  main(
    /priority -500; policy drop; \}/,
    'priority -500; policy accept; }; add rule netdev ${table} up meta protocol ip drop;',
  ),
];

/** Mistakes in a bottle's network with its gateway on it, and on the host's side of it. */
export const OF_THE_BRIDGE: readonly Sabotage[] = [
  {
    name: 'bridge: a plain --internal network',
    rung: BRIDGE,
    edits: [hostAddress, noDrop],
    refusal: /could not be closed/,
    breached: ['tcp-host', 'udp-host', 'udp-broadcast'],
  },
  {
    name: 'bridge: the drop towards the host is left out (one-way broadcast)',
    rung: BRIDGE,
    edits: [noDrop],
    refusal: /could not be closed/,
    breached: ['udp-broadcast'],
  },
  {
    name: 'bridge: a plain --internal network, NET_RAW is kept, and system calls are not filtered',
    rung: BRIDGE,
    edits: [hostAddress, noDrop, netRaw, noFilter],
    refusal: /Cap\w+: should be/,
    breached: ['icmp-echo', 'sctp-init', 'ip-protocol', 'ethernet-frame'],
  },
  {
    name: 'bridge: the gateway answers forged sources',
    rung: BRIDGE,
    edits: [main(/oif missing drop'/, "oif missing accept'")],
    refusal: /could not be closed against forged sources/,
  },
  {
    name: 'bridge: inhibit_ipv4 is left out',
    rung: BRIDGE,
    edits: [hostAddress],
    // The drop holds, so nothing gets through: that is its purpose.
    refusal: /the host has an address in the bottle.s network/,
  },
  {
    name: 'bridge: IPv6 is left on in the network',
    rung: BRIDGE,
    edits: ip6,
    refusal: /the host has an address in the bottle.s network/,
    breached: ['ip6-address'],
  },
  {
    // Docker switches IPv6 off on the interfaces of such a network by itself.
    name: 'bridge: IPv6 is left on in the bottle',
    rung: { ...BRIDGE, engine: 'podman' },
    edits: [ip6Settings],
    refusal: /launch check network\.addresses failed/,
    breached: ['ip6-address'],
  },
  {
    name: 'bridge: IPv6 is left on, and the drop knows IPv4 only',
    rung: BRIDGE,
    edits: ip6Open,
    refusal: /could not be closed/,
    breached: ['tcp-ipv6', 'tcp-link-local', 'udp-ipv6', 'udp-multicast-ipv6'],
  },
  {
    name: 'bridge: IPv6 is left on, the drop knows IPv4 only, and NET_RAW is kept',
    rung: BRIDGE,
    edits: [...ip6Open, netRaw],
    refusal: /Cap\w+: should be/,
    breached: ['icmp-echo-ipv6'],
  },
  {
    name: 'bridge: a sidecar that forwards, and is where the default route leads',
    rung: BRIDGE,
    edits: [
      // The engine gives a network that is not internal a default route, to an address that nobody has;
      main(/Internal: network\.internal,/, 'Internal: false,'),
      // the sidecar keeps its own route, to the host: of several networks Docker takes the first by name;
      main(/`bot-bottle-\$\{id\}\.out`/, '`Bot-bottle-${id}.out`'),
      // but now the sidecar answers for that address.
      main(/"net\.ipv4\.ip_forward": "0",/, FORWARDING.map((name) => `"net.ipv4.${name}": "1",`).join(' ')),
    ],
    refusal: /launch check network\.routes failed: a default route/,
    breached: ['udp-host', 'udp-beyond', 'dns-beyond'],
  },
];
