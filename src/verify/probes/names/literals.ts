import type { Probe } from '../probe.ts';
import { spelled, spelling } from './spelled.ts';

/** Addresses in odd spellings. */

const literal = {
  ...spelling,
  breach: "reaches the host's own services under another spelling of its address",
  source: 'CVE-2021-28918, CVE-2021-29921: odd literals; RFC 4291, RFC 4007, inet_aton(3)',
} as const;

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
