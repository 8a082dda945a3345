import type { Probe } from './probe.ts';

/** Ways round the gateway: what reaches the host, or anything, without asking it. */

const reach = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
} as const;
const tcp = {
  ...reach,
  control: 'canary',
  source: 'peers B1, B7: proxy variables alone; host gateway reachable',
} as const;
const udp = {
  ...reach,
  control: 'log',
  source: 'peers B1, C2; networks: one-way datagrams from an internal network',
} as const;

export const WAYS: readonly Probe[] = [
  {
    ...tcp,
    id: 'tcp-host',
    claim: 'No address of the host can be connected to.',
    attack: 'connect to every address of this host',
    needs: 'ip4',
  },
  {
    ...tcp,
    id: 'tcp-loopback',
    claim: "The host's own loopback cannot be connected to.",
    attack: "connect to the host's own 127.0.0.1",
  },
  {
    ...tcp,
    id: 'tcp-ipv6',
    claim: 'No address of the host can be connected to over IPv6.',
    attack: 'connect over IPv6',
    needs: 'ip6',
    source: 'peers B8: the IPv6 side door',
  },
  {
    ...tcp,
    id: 'tcp-link-local',
    claim: 'No link-local address can be connected to.',
    attack: 'connect to a link-local address',
    needs: 'linkLocal',
    source: 'peers B8: the IPv6 side door',
  },
  {
    ...udp,
    id: 'udp-host',
    claim: 'No datagram reaches an address of the host, whoever answers it.',
    attack: 'send a datagram, no answer needed',
    needs: 'ip4',
  },
  {
    ...udp,
    id: 'udp-ipv6',
    claim: 'No datagram reaches the host over IPv6.',
    attack: 'the same over IPv6',
    needs: 'ip6',
  },
  {
    ...udp,
    id: 'udp-link-local',
    claim: 'No datagram reaches a link-local address.',
    attack: 'the same to a link-local address',
    needs: 'linkLocal',
  },
  {
    ...udp,
    id: 'udp-broadcast',
    claim: 'No broadcast reaches the host.',
    attack: 'shout to the whole network (broadcast)',
    needs: 'broadcast',
    source: 'networks: a plain internal network lets broadcasts reach the host one-way',
  },
  {
    ...udp,
    id: 'udp-multicast',
    claim: 'No multicast reaches the host.',
    attack: 'shout to a group (multicast)',
    needs: 'ip4',
  },
  {
    ...udp,
    id: 'udp-multicast-ipv6',
    claim: 'No IPv6 multicast reaches the host.',
    attack: 'the same to ff02::1',
    needs: 'linkLocal',
  },
  {
    ...udp,
    id: 'udp-bound-device',
    claim: 'No datagram that passes routing by reaches the host.',
    attack: 'send past routing (SO_BINDTODEVICE)',
    needs: 'perl',
    source: 'socket(7): SO_BINDTODEVICE needs no privilege since Linux 5.7',
  },
  {
    ...tcp,
    id: 'unix-abstract',
    claim: 'No abstract Unix socket of the host can be connected to.',
    attack: 'connect to an abstract Unix socket',
    control: 'said',
    source: 'peers F10; CVE-2020-15257: containerd-shim on an abstract socket',
  },
  {
    ...tcp,
    id: 'unix-file',
    claim: 'No Unix socket with a file of the host can be connected to.',
    attack: "connect to a socket file, as an engine's",
    control: 'said',
    breach: 'has the container engine, and with it the host',
    source: 'peers F10, J3: docker.sock',
  },
];
