/** Attempts to reach the host without the gateway. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { all, allowedRequest, datagram, interfaces, listenOnce, proxy, question, sendTo } from './wire.mjs';

const DNS_PORT = 53;

const tcp = ({ port }, nonce, addresses) => all(addresses.map((host) => sendTo({ host, port }, nonce)));

/** The same connection, to the one place that may be connected to: what is sent there comes to the canary. */
async function allowedTcp(targets, nonce) {
  const [line, headers] = allowedRequest(targets, nonce);
  await sendTo(proxy(), `${[line].concat(headers).join('\r\n')}\r\n\r\n`);
}

/** A question that the gateway answers: its log has the name. */
const asked = ({ names }, nonce) => question(`${nonce}.${names.asked}`);

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

/** The same datagram, to the one place that may be sent to: what it asks for is in the gateway's log. */
const allowedUdp = (targets, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, asked(targets, nonce));

/** SO_BINDTODEVICE, which Node cannot set: it sends where no route leads, and asks for no privilege (socket(7)). */
async function boundToDevice({ deadlineMs }, payload, { port, addresses, groups = [] }) {
  const devices = [...new Set(interfaces().map(({ name }) => name))];
  const script = new URL('bound-device.pl', import.meta.url).pathname;
  const list = [devices, addresses, groups].map((values) => values.join(','));
  const hex = Buffer.from(payload).toString('hex');
  await promisify(execFile)('perl', [script, hex, String(port), ...list], { timeout: deadlineMs });
}

const toAnyDevice = (targets, nonce) =>
  boundToDevice(targets, nonce, {
    port: targets.port,
    addresses: [...hosts4(targets), ...broadcasts(targets), ...targets.groups.udp4],
    groups: targets.groups.udp6,
  });

const allowedByDevice = (targets, nonce) =>
  boundToDevice(targets, asked(targets, nonce), { port: DNS_PORT, addresses: [proxy().host] });

const byTcp = (attack) => ({ attack, control: allowedTcp });
const byUdp = (attack) => ({ attack, control: allowedUdp });
/** Both ends of the control are in this program, which does other things meanwhile: several rounds of it, on a busy host. */
const byUnix = (attack) => ({ attack, control: ownSocket, deadlineMs: 10_000 });

/** A socket of the bottle's own hears what is sent to it. */
async function ownSocket(_targets, nonce) {
  const { path, heard } = await listenOnce(`\0${nonce}`);
  await sendTo({ path }, nonce);
  if ((await heard) !== nonce) throw new Error('something else was heard');
}

export const NETWORK = {
  'tcp-host': byTcp((t, nonce) => tcp(t, nonce, hosts4(t))),
  'tcp-loopback': byTcp((t, nonce) => tcp(t, nonce, ['127.0.0.1', '127.0.1.1'])),
  'tcp-ipv6': byTcp((t, nonce) => tcp(t, nonce, ['::1', ...t.addresses.ip6])),
  'tcp-link-local': byTcp((t, nonce) => tcp(t, nonce, onEveryLink(t, t.addresses.linkLocal))),
  'udp-host': byUdp((t, nonce) => udp4(t, nonce, hosts4(t).flatMap(fromEverywhere))),
  'udp-ipv6': byUdp((t, nonce) => udp6(t, nonce, ['::1', ...t.addresses.ip6])),
  'udp-link-local': byUdp((t, nonce) => udp6(t, nonce, onEveryLink(t, t.addresses.linkLocal))),
  'udp-broadcast': byUdp((t, nonce) => udp4(t, nonce, broadcasts(t).flatMap(fromEverywhere))),
  'udp-multicast': byUdp((t, nonce) => udp4(t, nonce, t.groups.udp4.flatMap(fromEverywhere))),
  'udp-multicast-ipv6': byUdp((t, nonce) => udp6(t, nonce, onEveryLink(t, t.groups.udp6))),
  'udp-bound-device': { attack: toAnyDevice, control: allowedByDevice },
  'dns-elsewhere': byUdp(({ port, addresses }, nonce) =>
    all(addresses.ip4.map((address) => datagram('udp4', { port, address }, question(`${nonce}.leak.test`)))),
  ),
  'unix-abstract': byUnix(({ abstractName }, nonce) => sendTo({ path: `\0${abstractName}` }, nonce)),
  'unix-file': byUnix(({ socketPath }, nonce) => sendTo({ path: socketPath }, nonce)),
};
