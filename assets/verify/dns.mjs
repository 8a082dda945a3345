/** DNS, and what stands in for it, asked of others than the gateway. */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { ask, inTunnel, textOf } from './requests.mjs';
import { all, clientHello, datagram, interfaces, open, proxy, question, tunnel } from './wire.mjs';

const DNS_PORT = 53;
const own4 = ({ addresses }) => [...addresses.ip4, '127.0.0.1'];
const leak = (nonce) => `${nonce}.leak.test`;
const asked = ({ names }, nonce) => `${nonce}.${names.asked}`;

/** With its length before it (RFC 7766). */
function framed(name) {
  const message = question(name);
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

async function overTcp(where, name) {
  const socket = await open(where);
  socket.resume(); // unread, an answer would keep it open
  await new Promise((resolve) => socket.end(framed(name), resolve));
  await once(socket, 'close');
}

/** An OPT record (RFC 6891) with an option of a private number. */
function withOption(name, text) {
  const message = question(name);
  message[11] = 1; // one additional record
  const data = Buffer.from([0xfd, 0xe9, 0, text.length, ...Buffer.from(text)]);
  return Buffer.concat([message, Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, data.length]), data]);
}

const TYPES = ['A', 'AAAA', 'TXT', 'ANY', 'MX', 'SRV', 'CAA', 'NAPTR', 'SOA', 'NS', 'CNAME', 'PTR'];

/** By the resolver that programs have, with a server of its own choice. */
function resolving(server, name) {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  return all(TYPES.map((type) => resolver.resolve(name, type).catch(refuseRefused)));
}

/** Of the gateway itself, for every type of record, and over TCP. */
async function havingAsked(name) {
  const gateway = proxy().host;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([gateway]);
  const asked = TYPES.map((type) => resolver.resolve(name, type).catch(refuseMissing));
  await Promise.all([all(asked), overTcp({ host: gateway, port: DNS_PORT }, name)]);
}

/** The name is there, and has nothing of this type. */
function refuseMissing({ code, message }) {
  if (code !== 'ENODATA') throw new Error(message);
}

/** That a server says no is an answer. */
function refuseRefused({ code, message }) {
  if (['ECONNREFUSED', 'ETIMEOUT'].includes(code)) throw new Error(message);
}

/** An NBNS query (RFC 1002, 4.2.12): half bytes as letters, which would hide a nonce, so its scope has it. */
function netbios(nonce) {
  const name = Buffer.from('CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  const scope = Buffer.from([nonce.length, ...Buffer.from(nonce), 0]);
  return Buffer.concat([
    Buffer.from([0x42, 0x42, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 32]),
    name,
    scope,
    Buffer.from([0, 0x21, 0, 1]),
  ]);
}

const everywhere = (address) => [
  { address },
  ...interfaces()
    .filter(({ ip4 }) => ip4)
    .map((from) => ({ address, source: from.address })),
];
const toGroup = (at) => ({
  attack: ({ port, namingGroups }, nonce) =>
    all(
      everywhere(namingGroups.udp4[at]).map((way) =>
        datagram('udp4', { port, ...way }, question(`${nonce}.local`)),
      ),
    ),
  control: (t, nonce) =>
    datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(asked(t, nonce))),
});

const QUERY = 'application/dns-message';
const other = ({ names }) => names.other;

export const DNS = {
  'dns-tcp': {
    attack: (t, nonce) => all(own4(t).map((host) => overTcp({ host, port: t.port }, leak(nonce)))),
    control: (t, nonce) => overTcp({ host: proxy().host, port: DNS_PORT }, asked(t, nonce)),
  },
  'dns-types': {
    attack: (t, nonce) => all(own4(t).map((host) => resolving(`${host}:${t.port}`, leak(nonce)))),
    control: (t, nonce) => resolving(proxy().host, asked(t, nonce)),
  },
  'dns-option': {
    attack: ({ port, ...t }, nonce) =>
      all(own4(t).map((address) => datagram('udp4', { port, address }, withOption('leak.test', nonce)))),
    control: (t, nonce) =>
      datagram('udp4', { port: DNS_PORT, address: proxy().host }, withOption(asked(t, nonce), nonce)),
  },
  // RFC 7858: it begins with TLS.
  'dns-tls': {
    attack: (t, nonce) =>
      all(
        own4(t).map(
          async (host) => await clientHello(await open({ host, port: t.port }), leak(nonce), nonce),
        ),
      ),
    control: async (t, nonce) => {
      const { socket } = await tunnel(`${t.names.tls}:${t.port}`);
      await clientHello(socket, t.names.tls, nonce);
    },
  },
  'dns-https-get': {
    attack: (t, nonce) => all([ask(t, { host: other(t), path: `/dns-query?dns=${nonce}` })]),
    control: (t, nonce) => ask(t, { host: t.names.http, path: `/dns-query?dns=${nonce}` }),
  },
  'dns-https-post': {
    attack: (t, nonce) => posted(t, other(t), leak(nonce)),
    control: (t, nonce) => posted(t, t.names.http, leak(nonce)),
  },
  'dns-tunnel': {
    attack: (t, nonce) =>
      all(
        [...own4(t), t.names.http, t.names.tls].map((host) =>
          inTunnel(`${host}:${t.port}`, framed(leak(nonce))),
        ),
      ),
    control: (t, nonce) =>
      inTunnel(
        `${t.names.http}:${t.port}`,
        textOf({ target: `/${nonce}`, lines: [`Host: ${t.names.http}:${t.port}`] }),
      ),
  },
  'dns-gateway': {
    attack: (t, nonce) => havingAsked(leak(nonce)),
    control: (t, nonce) => havingAsked(asked(t, nonce)),
  },
  mdns: toGroup(0),
  llmnr: toGroup(1),
  netbios: {
    attack: ({ port, addresses }, nonce) =>
      all(
        ['255.255.255.255', ...addresses.broadcast]
          .flatMap(everywhere)
          .map((way) => datagram('udp4', { port, ...way }, netbios(nonce))),
      ),
    control: (t, nonce) =>
      datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(asked(t, nonce))),
  },
};

function posted(t, host, name) {
  const body = question(name).toString('latin1');
  return ask(t, {
    host,
    path: '/dns-query',
    method: 'POST',
    lines: [`Content-Type: ${QUERY}`, `Content-Length: ${Buffer.byteLength(body)}`],
    body,
  });
}
