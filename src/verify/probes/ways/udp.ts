import type { Targets } from '../../arena/targets.ts';
import {
  all,
  datagram,
  interfaces,
  proxy,
  SENT_BY_PROGRAM,
  sendByPerl,
  type Sent,
} from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import {
  allowedDatagram,
  allowedQuestion,
  beyond4,
  beyond6,
  broadcasts,
  DNS_PORT,
  hosts4,
  onEveryLink,
  outside4,
} from './aims.ts';

/** Datagrams to the host, or by broadcast and multicast: they need no answer. */

/**
 * Returns the ways to an address: by the default route, and from each local address, because an interface may have a
 * way that the routing table lacks.
 */
const fromEverywhere = (address: string) => [
  { address },
  ...interfaces()
    .filter(({ ip4 }) => ip4)
    .map((from) => ({ address, source: from.address })),
];

/** Returns a run whose control sends the same datagram to the only allowed address. */
const sending4 = (aim: (t: Targets) => readonly string[]): Run => ({
  attack: (t, nonce) =>
    all(
      aim(t)
        .flatMap(fromEverywhere)
        .map((way) => datagram('udp4', { port: t.port, ...way }, nonce)),
    ),
  control: allowedDatagram,
});

const sending6 = (aim: (t: Targets) => readonly string[]): Run => ({
  attack: (t, nonce) => all(aim(t).map((address) => datagram('udp6', { port: t.port, address }, nonce))),
  control: allowedDatagram,
});

interface Aim {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly groups?: readonly string[];
}

/**
 * Sends with SO_BINDTODEVICE, which Node cannot set: it sends where no route leads, and needs no privilege (socket(7)).
 */
async function boundToDevice(payload: Sent, aim: Aim): Promise<void> {
  const { port, addresses, groups = [] } = aim;
  const devices = [...new Set(interfaces().map(({ name }) => name))];
  const list = [devices, addresses, groups].map((values) => values.join(','));
  const hex = Buffer.from(payload).toString('hex');
  await sendByPerl('bound-device.pl', [hex, String(port), ...list]);
}

/**
 * Returns data in the form of QUIC's first packet (RFC 9000, 17.2.2): long header, version 1, the nonce as the token.
 */
const quic = (nonce: string): Buffer =>
  Buffer.concat([
    Buffer.from([0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, nonce.length]),
    Buffer.from(nonce),
    Buffer.alloc(1_200),
  ]);

const sent = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
  control: 'log',
  source: 'measured: an internal network of an engine lets datagrams reach the host one-way',
} as const;

export const UDP: readonly Probe[] = [
  {
    ...sent,
    id: 'udp-host',
    claim: 'No datagram reaches any address of the host.',
    attack: 'send a datagram, no answer needed',
    needs: 'ip4',
    run: sending4(hosts4),
  },
  {
    ...sent,
    id: 'udp-beyond',
    claim: 'No datagram leaves for what lies beyond the host.',
    attack: 'send a datagram past the gateway, to the world',
    needs: 'beyond',
    breach: 'talks to the world, unseen and unjudged',
    source: 'claude-code #36907, gh-aw-firewall #9: any server on port 53',
    run: sending4(beyond4),
  },
  {
    ...sent,
    id: 'udp-ipv6',
    claim: 'No datagram reaches the host over IPv6.',
    attack: 'the same over IPv6',
    needs: 'ip6',
    run: sending6((t) => ['::1', ...t.addresses.ip6, ...beyond6(t)]),
  },
  {
    ...sent,
    id: 'udp-link-local',
    claim: 'No datagram reaches a link-local address.',
    attack: 'the same to a link-local address',
    needs: 'linkLocal',
    run: sending6((t) => onEveryLink(t, t.addresses.linkLocal)),
  },
  {
    ...sent,
    id: 'udp-broadcast',
    claim: 'No broadcast reaches the host.',
    attack: 'shout to the whole network (broadcast)',
    needs: 'broadcast',
    source: 'measured: an internal network of an engine lets broadcasts reach the host one-way',
    run: sending4(broadcasts),
  },
  {
    ...sent,
    id: 'udp-multicast',
    claim: 'No multicast reaches the host.',
    attack: 'shout to a group (multicast)',
    needs: 'ip4',
    run: sending4(({ groups }) => groups.udp4),
  },
  {
    ...sent,
    id: 'udp-multicast-ipv6',
    claim: 'No IPv6 multicast reaches the host.',
    attack: 'the same to ff02::1',
    needs: 'linkLocal',
    run: sending6((t) => onEveryLink(t, t.groups.udp6)),
  },
  {
    ...sent,
    id: 'udp-bound-device',
    claim: 'No datagram that passes routing by reaches the host.',
    attack: 'send past routing (SO_BINDTODEVICE)',
    needs: 'perl',
    source: 'socket(7): SO_BINDTODEVICE needs no privilege since Linux 5.7',
    run: {
      ...SENT_BY_PROGRAM,
      attack: (t, nonce) =>
        boundToDevice(nonce, {
          port: t.port,
          addresses: [...outside4(t), ...broadcasts(t), ...t.groups.udp4],
          groups: t.groups.udp6,
        }),
      control: (t, nonce) =>
        boundToDevice(allowedQuestion(t, nonce), { port: DNS_PORT, addresses: [proxy().host] }),
    },
  },
  {
    ...sent,
    id: 'udp-quic',
    claim: 'No QUIC reaches the host.',
    attack: 'speak QUIC',
    needs: 'ip4',
    source: 'RFC 9000: QUIC, which filters of TCP do not see',
    run: {
      attack: (t, nonce) =>
        all(
          [...outside4(t), '127.0.0.1'].map((address) =>
            datagram('udp4', { port: t.port, address }, quic(nonce)),
          ),
        ),
      control: allowedDatagram,
    },
  },
];
