import { byPerl } from '../kernel/by-perl.ts';
import { onKernel } from '../kernel/on-kernel.ts';
import type { Probe } from '../probe.ts';

/** The network that a bottle was given: what it must lack, and that it cannot be changed. */

/** `of`: the prefix of the added entry; the nonce determines its end. */
const added = (of: string) =>
  ({
    ...onKernel({ is: 'inTables', of }),
    family: 'ways',
    breach: 'makes itself a way that nobody has closed',
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
