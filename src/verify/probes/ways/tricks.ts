import type { Targets } from '../../arena/targets.ts';
import { proxy, SENT_BY_PROGRAM, sendByPerl, type Sent } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { allowedQuestion, allowedText, DNS_PORT, outside4 } from './aims.ts';
import { byPerl, onKernel } from '../kernel/by-perl.ts';

/** Socket options that Node does not offer, but Perl does: a filter for the usual ways may have forgotten them. */

/** The network that a bottle was given: what it must lack, and that it cannot be changed. */

/** `of`: the prefix of the added entry; the nonce determines its end. */
const added = (of: string) =>
  ({
    ...onKernel({ is: 'inTables', of }),
    family: 'ways',
    breach: 'opens a new way out',
    source: 'capabilities(7): CAP_NET_ADMIN; agentcage #203: NET_ADMIN by exec, and another route',
  }) as const satisfies Partial<Probe>;

export const OWN_NETWORK: readonly Probe[] = [
  {
    ...onKernel({ is: 'socket', of: 'udp6' }),
    family: 'ways',
    id: 'ip6-address',
    claim: 'A bottle has no address of IPv6 but ::1.',
    attack: 'take an address of IPv6, as every interface has',
    needs: 'linkLocal',
    breach: 'speaks to every neighbour by a protocol that filters of IPv4 do not see',
    source: 'RFC 4862, 5.3: an interface gives itself a link-local address; openai/codex #10431',
    run: byPerl('ip6-address', 'own-socket'),
  },
  {
    ...added('198.51.100.'),
    id: 'route-add',
    claim: 'A bottle cannot add a route to its network.',
    attack: 'add a route',
    run: byPerl('route-add', 'own-socket'),
  },
  {
    ...added('127.66.66.'),
    id: 'address-add',
    claim: 'A bottle cannot give itself another address.',
    attack: 'add an address',
    run: byPerl('address-add', 'own-socket'),
  },
];

/**
 * Timeout of answers in seconds, on a busy host in the slowest sandbox: a single lost packet costs one second (RFC
 * 6298, 2.1).
 */
const ANSWERED_SECONDS = 6;

interface Aim {
  readonly payload: Sent;
  /** Timeout of a connection, in seconds. */
  readonly seconds: number;
  readonly port: number;
  readonly addresses: readonly string[];
}

async function trick(name: string, aim: Aim): Promise<void> {
  const hex = Buffer.from(aim.payload).toString('hex');
  await sendByPerl('socket-tricks.pl', [name, hex, `${aim.seconds}`, `${aim.port}`, ...aim.addresses]);
}

/** Returns a run that sends outwards by a trick; its control sends to the gateway by the same trick. */
const by = (name: string, controlPort: () => number, allowed: (t: Targets, nonce: string) => Sent): Run => ({
  ...SENT_BY_PROGRAM,
  attack: (t, nonce) =>
    trick(name, {
      payload: nonce,
      seconds: Math.ceil(t.deadlineMs / 1_000),
      port: t.port,
      addresses: [...outside4(t), '127.0.0.1'],
    }),
  control: (t, nonce) =>
    trick(name, {
      payload: allowed(t, nonce),
      seconds: ANSWERED_SECONDS,
      port: controlPort(),
      addresses: [proxy().host],
    }),
});

const byTcp = (name: string): Run => by(name, () => proxy().port, allowedText);

const byUdp = (name: string): Run => by(name, () => DNS_PORT, allowedQuestion);

const odd = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
  needs: 'perl',
  control: 'canary',
} as const;

export const TRICKS: readonly Probe[] = [
  {
    ...odd,
    id: 'tcp-fast-open',
    claim: 'No data comes along with the first packet of a connection.',
    attack: 'send with the first packet (TCP Fast Open)',
    source: 'RFC 7413; filters of connect(2) do not see sendto(2)',
    run: byTcp('fastopen'),
  },
  {
    ...odd,
    id: 'tcp-new-route',
    claim: 'Root in the bottle makes itself no way to the host.',
    attack: 'add routes, then connect',
    users: ['root'],
    source: 'agentcage #203: NET_ADMIN by exec, and another route',
    run: byTcp('route'),
  },
  {
    ...odd,
    id: 'udp-ip-options',
    claim: 'No source-routed datagram reaches the host.',
    attack: 'send with IP options: a source route',
    control: 'log',
    source: 'RFC 791; RFC 7126: filtering of IP options',
    run: byUdp('options'),
  },
];
