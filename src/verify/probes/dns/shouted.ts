import { all, datagram, interfaces, question } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { askedByDatagram, leak, portsOf } from './asked.ts';

/** Queries by multicast and broadcast. */

const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;
const NETBIOS_PORT = 137;

/**
 * Returns an NBNS query (RFC 1002, 4.2.12). Its scope carries the nonce, because the name encodes half bytes as
 * letters, which would hide the nonce.
 */
function netbios(nonce: string): Buffer {
  const name = Buffer.from('CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  const scope = Buffer.from([nonce.length, ...Buffer.from(nonce), 0]);
  return Buffer.concat([
    Buffer.from([0x42, 0x42, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 32]),
    name,
    scope,
    Buffer.from([0, 0x21, 0, 1]),
  ]);
}

/** Returns the ways to an address: by the default route, and from each local IPv4 address. */
const everywhere = (address: string) => [
  { address },
  ...interfaces()
    .filter(({ ip4 }) => ip4)
    .map((from) => ({ address, source: from.address })),
];

/** Returns a run that queries the naming group at this index, on its port. */
const toGroup = (at: number, wellKnown: number): Run => ({
  attack: (t, nonce) =>
    all([
      ...everywhere(t.namingGroups.udp4[at] ?? '').flatMap((way) =>
        portsOf(t, wellKnown).map((port) => datagram('udp4', { port, ...way }, question(`${nonce}.local`))),
      ),
      ...onEveryInterface(t.namingGroups.udp6[at] ?? '').flatMap((address) =>
        portsOf(t, wellKnown).map((port) => datagram('udp6', { port, address }, question(`${nonce}.local`))),
      ),
    ]),
  control: askedByDatagram,
});

/** A link-local group needs an interface. */
const onEveryInterface = (address: string): string[] => [
  ...new Set(interfaces().map(({ name }) => `${address}%${name}`)),
];

const shouted = {
  ...leak,
  control: 'log',
  source: 'RFC 6762, RFC 4795, RFC 1002: names asked of all neighbours',
} as const;

export const SHOUTED: readonly Probe[] = [
  {
    ...shouted,
    id: 'mdns',
    claim: 'No question to all neighbours (mDNS) reaches the host.',
    attack: 'ask all neighbours (mDNS)',
    needs: 'ip4',
    run: toGroup(0, MDNS_PORT),
  },
  {
    ...shouted,
    id: 'llmnr',
    claim: 'No question to all neighbours (LLMNR) reaches the host.',
    attack: 'ask all neighbours (LLMNR)',
    needs: 'ip4',
    run: toGroup(1, LLMNR_PORT),
  },
  {
    ...shouted,
    id: 'netbios',
    claim: 'No question by broadcast (NetBIOS) reaches the host.',
    attack: 'ask all neighbours (NetBIOS)',
    needs: 'broadcast',
    run: {
      attack: (t, nonce) =>
        all(
          ['255.255.255.255', ...t.addresses.broadcast]
            .flatMap(everywhere)
            .flatMap((way) =>
              portsOf(t, NETBIOS_PORT).map((port) => datagram('udp4', { port, ...way }, netbios(nonce))),
            ),
        ),
      control: askedByDatagram,
    },
  },
];
