import { readFileSync } from 'node:fs';
import type { Targets } from '../../arena/targets.ts';
import { interfaces, proxy, SENT_BY_PROGRAM, sendByPerl, type Sent } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { allowedQuestion, beyond6, broadcasts, DNS_PORT, outside4 } from './aims.ts';

/** Ways out by other kinds of packets, which no ordinary listener receives: a capture on the host does. */

const all4 = (t: Targets): string[] => [...outside4(t), ...broadcasts(t), '127.0.0.1', ...t.groups.udp4];

/** Returns the interface indexes: a link-local address needs an interface. */
function interfaceNumbers(): string[] {
  const names = [...new Set(interfaces().map(({ name }) => name))];
  return names.flatMap((name) => {
    try {
      return [readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim()];
    } catch {
      return [];
    }
  });
}

const all6 = (t: Targets): string[] => [
  '::1',
  ...t.addresses.ip6,
  ...beyond6(t),
  ...interfaceNumbers().flatMap((number) =>
    [...t.addresses.linkLocal, ...t.groups.udp6].map((address) => `${address}%${number}`),
  ),
];

interface Aim {
  readonly payload: Sent;
  readonly port: number;
  readonly ip4: readonly string[];
  readonly ip6?: readonly string[];
}

async function send(kind: string, aim: Aim): Promise<void> {
  const { payload, port, ip4, ip6 = [] } = aim;
  const hex = Buffer.from(payload).toString('hex');
  await sendByPerl('packets.pl', [kind, hex, String(port), ip4.join(','), ip6.join(',')]);
}

const by = (kind: string): Run => ({
  ...SENT_BY_PROGRAM,
  attack: (t, nonce) => send(kind, { payload: nonce, port: t.port, ip4: all4(t), ip6: all6(t) }),
  control: (t, nonce) =>
    send('udp', { payload: allowedQuestion(t, nonce), port: DNS_PORT, ip4: [proxy().host] }),
});

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
    run: by('udp_lite'),
  },
  {
    ...ping,
    id: 'icmp-echo',
    claim: 'No echo request leaves for the host or beyond.',
    attack: 'send in the payload of a ping',
    source: 'RFC 792; MITRE ATT&CK T1095; systemd #13141: a ping socket for every group',
    run: by('icmp'),
  },
  {
    ...ping,
    id: 'icmp-echo-ipv6',
    claim: 'No echo request leaves over IPv6.',
    attack: 'the same over IPv6',
    source: 'RFC 4443; CVE-2020-13401: ICMPv6 out of a container with NET_RAW',
    run: by('icmp6'),
  },
  {
    ...raw,
    id: 'sctp-init',
    claim: 'No packet of SCTP leaves for the host or beyond.',
    attack: 'send with the first packet of SCTP',
    source: 'RFC 9260, 3.2.1: parameters that are passed over',
    run: by('sctp'),
  },
  {
    ...raw,
    id: 'ip-protocol',
    claim: 'No packet of another IP protocol leaves for the host or beyond.',
    attack: 'send by an unassigned IP protocol (253)',
    source: 'RFC 3692, 2.1; raw(7)',
    run: by('protocol'),
  },
  {
    ...raw,
    id: 'ethernet-frame',
    claim: 'No frame that it builds itself reaches the host or leaves.',
    attack: 'send a frame without IP to everybody',
    source: 'packet(7); RFC 9542, 3.1; CVE-2020-14386',
    run: by('frame'),
  },
];
