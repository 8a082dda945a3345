/** Attempts to reach the host without the gateway. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { all, datagram, interfaces, sendTo } from './wire.mjs';

const tcp = ({ port }, nonce, addresses) => all(addresses.map((host) => sendTo({ host, port }, nonce)));

const udp4 = ({ port }, nonce, ways) => all(ways.map((way) => datagram('udp4', { port, ...way }, nonce)));

const udp6 = ({ port }, nonce, addresses) =>
  all(addresses.map((address) => datagram('udp6', { port, address }, nonce)));

/** The host's own, and the first address of every network here: the host's or the router's. */
const hosts4 = ({ addresses }) => [...addresses.ip4, ...interfaces().flatMap(({ first }) => first ?? [])];

/** A link-local address means something on an interface only: every one here, and those of the host. */
const onEveryLink = ({ links }, addresses) =>
  [...new Set([...links, ...interfaces().map(({ name }) => name)])].flatMap((link) =>
    addresses.map((address) => `${address}%${link}`),
  );

/** Left to routing, and from each address here: the routing table may have no way where an interface has one. */
const fromEverywhere = (address) => [
  { address },
  ...interfaces()
    .filter(({ ip4 }) => ip4)
    .map((from) => ({ address, source: from.address })),
];

const broadcasts = ({ addresses }) => [
  '255.255.255.255',
  ...addresses.broadcast,
  ...interfaces().flatMap(({ broadcast }) => broadcast ?? []),
];

/** SO_BINDTODEVICE, which Node cannot set: it sends where no route leads, and asks for no privilege (socket(7)). */
async function boundToDevice(targets, nonce) {
  const devices = [...new Set(interfaces().map(({ name }) => name))];
  const addresses = [...hosts4(targets), ...broadcasts(targets), ...targets.groups.udp4];
  const script = new URL('bound-device.pl', import.meta.url).pathname;
  const list = [devices, addresses, targets.groups.udp6].map((values) => values.join(','));
  await promisify(execFile)('perl', [script, nonce, String(targets.port), ...list], { timeout: targets.deadlineMs });
}

/** RFC 1035: a question for the address of NONCE.leak.test. */
function question(nonce) {
  const labels = [nonce, 'leak', 'test'].flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x42, 0x42, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

export const NETWORK = {
  'tcp-host': (t, nonce) => tcp(t, nonce, hosts4(t)),
  'tcp-loopback': (t, nonce) => tcp(t, nonce, ['127.0.0.1', '127.0.1.1']),
  'tcp-ipv6': (t, nonce) => tcp(t, nonce, ['::1', ...t.addresses.ip6]),
  'tcp-link-local': (t, nonce) => tcp(t, nonce, onEveryLink(t, t.addresses.linkLocal)),
  'udp-host': (t, nonce) => udp4(t, nonce, hosts4(t).flatMap(fromEverywhere)),
  'udp-ipv6': (t, nonce) => udp6(t, nonce, ['::1', ...t.addresses.ip6]),
  'udp-link-local': (t, nonce) => udp6(t, nonce, onEveryLink(t, t.addresses.linkLocal)),
  'udp-broadcast': (t, nonce) => udp4(t, nonce, broadcasts(t).flatMap(fromEverywhere)),
  'udp-multicast': (t, nonce) => udp4(t, nonce, t.groups.udp4.flatMap(fromEverywhere)),
  'udp-multicast-ipv6': (t, nonce) => udp6(t, nonce, onEveryLink(t, t.groups.udp6)),
  'udp-bound-device': boundToDevice,
  'dns-elsewhere': ({ port, addresses }, nonce) =>
    all(addresses.ip4.map((address) => datagram('udp4', { port, address }, question(nonce)))),
  'unix-abstract': ({ abstractName }, nonce) => sendTo({ path: `\0${abstractName}` }, nonce),
  'unix-file': ({ socketPath }, nonce) => sendTo({ path: socketPath }, nonce),
};
