import type { Probe } from './probe.ts';

/** Ways out by packets of other kinds, which no listener of an ordinary program hears: a capture on the host does. */

const packet = {
  family: 'ways',
  needs: 'capture',
  oracle: { kind: 'canary' },
  control: 'log',
  breach: 'carries data out by packets that filters of TCP and UDP do not see',
} as const;
const raw = {
  ...packet,
  closedInTheOpen: 'an ordinary user may open no such socket (raw(7), packet(7): CAP_NET_RAW)',
} as const;
const ping = {
  ...packet,
  closedInTheOpen: 'not every host lets an ordinary user open such a socket (icmp(7): ping_group_range)',
} as const;

export const PACKETS: readonly Probe[] = [
  {
    ...packet,
    id: 'udp-lite',
    claim: 'No datagram of UDP-Lite leaves for the host or beyond.',
    attack: 'send by UDP-Lite',
    source: 'RFC 3828; udplite(7): it asks for no privilege',
  },
  {
    ...ping,
    id: 'icmp-echo',
    claim: 'No echo request leaves for the host or beyond.',
    attack: 'send in the payload of a ping',
    source: 'RFC 792; MITRE ATT&CK T1095; systemd #13141: a ping socket for every group',
  },
  {
    ...ping,
    id: 'icmp-echo-ipv6',
    claim: 'No echo request leaves over IPv6.',
    attack: 'the same over IPv6',
    source: 'RFC 4443; CVE-2020-13401: ICMPv6 out of a container with NET_RAW',
  },
  {
    ...raw,
    id: 'sctp-init',
    claim: 'No packet of SCTP leaves for the host or beyond.',
    attack: 'send with the first packet of SCTP',
    source: 'RFC 9260, 3.2.1: parameters that are passed over',
  },
  {
    ...raw,
    id: 'ip-protocol',
    claim: 'No packet of another IP protocol leaves for the host or beyond.',
    attack: 'send by an IP protocol that nobody has (253)',
    source: 'RFC 3692, 2.1; raw(7)',
  },
  {
    ...raw,
    id: 'ethernet-frame',
    claim: 'No frame of its own making comes to the host or leaves.',
    attack: 'send a frame without IP to everybody',
    source: 'packet(7); RFC 9542, 3.1; CVE-2020-14386',
  },
];
