import type { Targets } from '../../arena/targets.ts';
import { proxy, SENT_BY_PROGRAM, sendByPerl, type Sent } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { allowedQuestion, allowedText, DNS_PORT, outside4 } from './aims.ts';

/** Socket options that Node does not offer, but Perl does: a filter for the usual ways may have forgotten them. */

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
    claim: 'No datagram with a route of its own reaches the host.',
    attack: 'send with IP options: a source route',
    control: 'log',
    source: 'RFC 791; RFC 7126: filtering of IP options',
    run: byUdp('options'),
  },
];
