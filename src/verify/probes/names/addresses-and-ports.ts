import type { Probe, Run } from '../probe.ts';
import { spelled, spelling, evils, everyWay } from './spelled.ts';
import type { Targets } from '../../arena/targets.ts';
import { eachSpelling } from '../../guest/wire.ts';

/** Unusual spellings of addresses and ports. */

const literal = {
  ...spelling,
  breach: "reaches the host's own services under another spelling of its address",
  source: 'CVE-2021-28918, CVE-2021-29921: odd literals; RFC 4291, RFC 4007, inet_aton(3)',
} as const;

/** Probes with unusual spellings of addresses. */
export const LITERALS: readonly Probe[] = [
  {
    ...literal,
    id: 'ipv6-loopback',
    claim: 'No spelling of the IPv6 loopback is dialled.',
    attack: 'name [::1], written out, and without brackets',
    needs: 'ip6',
    run: spelled(() => ['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '::1', '[::]']),
  },
  {
    ...literal,
    id: 'ipv6-carries-ipv4',
    claim: 'An IPv4 address in an IPv6 one is not dialled.',
    attack: 'name [::ffff:127.0.0.1] and its hex',
    run: spelled((_, { addresses }) => [
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:127.0.0.1]',
      ...addresses.ip4.slice(0, 1).map((address) => `[::ffff:${address}]`),
    ]),
  },
  {
    ...literal,
    id: 'ipv6-zone',
    claim: 'An address with a zone is not dialled.',
    attack: 'name [::1%lo] and [::1%25lo]',
    needs: 'ip6',
    run: spelled(() => ['[::1%lo]', '[::1%25lo]', '[::1%1]']),
  },
  {
    ...literal,
    id: 'ipv4-short',
    claim: 'A short or odd IPv4 address is not dialled.',
    attack: 'name 127.1, 0 and 0177.1',
    run: spelled(() => ['127.1', '127.0.1', '0', '0.0.0.0', '127.0.0.1.', '0177.1', '0x7f.1']),
  },
];

const port = {
  ...spelling,
  breach: 'reaches any service of a host of which one port is allowed',
  source: 'RFC 9110, 9.3.6: tunnels to ports that are not of the web; RFC 3986, 3.2.3',
} as const;

/** Returns spellings of a port, given the port that is not allowed. */
type SpellPorts = (other: number, targets: Targets) => readonly (string | number)[];

const ported = (spell: SpellPorts): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, spell(t.otherPort, t), (at, nonce) => everyWay(t, nonce, { host: t.names.http, at })),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});

/** Probes with ports that no rule allows. */
export const PORTS: readonly Probe[] = [
  {
    ...port,
    id: 'port-other',
    claim: 'An allowed name is allowed on its port only.',
    attack: 'use an allowed name with another port',
    run: ported((other) => [other]),
  },
  {
    ...port,
    id: 'port-two',
    claim: 'Of two ports none is taken.',
    attack: 'name two ports, the allowed one first',
    run: ported((other, t) => [
      `${t.port}:${other}`,
      ...evils(t).map((evil) => `${t.port}@${evil}:${other}`),
    ]),
  },
  {
    ...port,
    id: 'port-odd',
    claim: 'No odd spelling hides a port.',
    attack: 'spell another port in hex, with a plus, with zeros',
    run: ported((other) => [`+${other}`, `0x${other.toString(16)}`, `${other}.0`, `0${other}`]),
  },
  {
    ...port,
    id: 'port-wraps',
    claim: 'A port does not wrap.',
    attack: 'name a port that is another in 16 bits',
    source: 'CWE-190; CWE-197: a number that is cut',
    run: ported((other) => [other + 2 ** 16, other + 2 ** 32]),
  },
];
