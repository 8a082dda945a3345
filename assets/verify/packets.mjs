/** Attempts by other packets than those of TCP and UDP: what comes or leaves by them, no ordinary listener hears. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { interfaces, proxy, question } from './wire.mjs';

const DNS_PORT = 53;
/** Kept for documents (RFC 5737, RFC 3849): who routes it, routes it away from here, and nobody is there. */
const BEYOND = { ip4: '198.51.100.1', ip6: '2001:db8::1' };

const all4 = ({ addresses, groups }) => [
  ...addresses.ip4,
  ...interfaces().flatMap(({ first }) => first ?? []),
  ...addresses.broadcast,
  ...interfaces().flatMap(({ broadcast }) => broadcast ?? []),
  '127.0.0.1',
  '255.255.255.255',
  ...groups.udp4,
  BEYOND.ip4,
];

/** The numbers of the interfaces here: a link-local address means something on one only. */
function interfaceNumbers() {
  const names = [...new Set(interfaces().map(({ name }) => name))];
  return names.flatMap((name) => {
    try {
      return readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim();
    } catch {
      return [];
    }
  });
}

const all6 = ({ addresses, groups }) => [
  '::1',
  ...addresses.ip6,
  BEYOND.ip6,
  ...interfaceNumbers().flatMap((number) =>
    [...addresses.linkLocal, ...groups.udp6].map((address) => `${address}%${number}`),
  ),
];

async function send(kind, { deadlineMs }, { payload, port, ip4, ip6 = [] }) {
  const script = new URL('packets.pl', import.meta.url).pathname;
  const hex = Buffer.from(payload).toString('hex');
  const args = [script, kind, hex, String(port), ip4.join(','), ip6.join(',')];
  await promisify(execFile)('perl', args, { timeout: deadlineMs });
}

const by = (kind) => ({
  attack: (t, nonce) => send(kind, t, { payload: nonce, port: t.port, ip4: all4(t), ip6: all6(t) }),
  control: (t, nonce) =>
    send('udp', t, { payload: question(`${nonce}.${t.names.asked}`), port: DNS_PORT, ip4: [proxy().host] }),
});

export const PACKETS = {
  'udp-lite': by('udp_lite'),
  'icmp-echo': by('icmp'),
  'icmp-echo-ipv6': by('icmp6'),
  'sctp-init': by('sctp'),
  'ip-protocol': by('protocol'),
  'ethernet-frame': by('frame'),
};
