/** More attempts to reach the host without the gateway: ways that a wall for the usual ones may have forgotten. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { all, allowedRequest, datagram, interfaces, proxy, question, sendTo } from './wire.mjs';

const DNS_PORT = 53;
const hosts4 = ({ addresses }) => [
  ...addresses.ip4,
  ...interfaces().flatMap(({ first }) => first ?? []),
  '127.0.0.1',
];

function allowedText(t, nonce) {
  const [line, headers] = allowedRequest(t, nonce);
  return `${[line].concat(headers).join('\r\n')}\r\n\r\n`;
}

async function trick(name, { deadlineMs }, { payload, port, addresses }) {
  const script = new URL('socket-tricks.pl', import.meta.url).pathname;
  const hex = Buffer.from(payload).toString('hex');
  await promisify(execFile)('perl', [script, name, hex, String(port), ...addresses], { timeout: deadlineMs });
}

const byTcp = (name) => ({
  attack: (t, nonce) => trick(name, t, { payload: nonce, port: t.port, addresses: hosts4(t) }),
  control: (t, nonce) =>
    trick(name, t, { payload: allowedText(t, nonce), port: proxy().port, addresses: [proxy().host] }),
});
const byUdp = (name) => ({
  attack: (t, nonce) => trick(name, t, { payload: nonce, port: t.port, addresses: hosts4(t) }),
  control: (t, nonce) =>
    trick(name, t, {
      payload: question(`${nonce}.${t.names.asked}`),
      port: DNS_PORT,
      addresses: [proxy().host],
    }),
});
const connecting = (spell) => ({
  attack: (t, nonce) => all(spell(t).map((host) => sendTo({ host, port: t.port }, nonce))),
  control: (t, nonce) => sendTo(proxy(), allowedText(t, nonce)),
});

/** What engines call the host, in the bottle's own files and by its own resolver. */
const ALIASES = [
  'host.docker.internal',
  'gateway.docker.internal',
  'host.containers.internal',
  'host.lima.internal',
  'host.orb.internal',
  '_gateway',
];

/** An ordinary client in a program of its own, which is told of no proxy. */
async function withoutProxy({ deadlineMs }, options) {
  const script = `
    const request = require('node:http').get(JSON.parse(process.argv[1]), () => process.exit(0));
    request.on('error', ({ message }) => { console.error(message); process.exit(1); });`;
  const proxyless = Object.entries(process.env).filter(([name]) => !/proxy/i.test(name));
  await promisify(execFile)(process.execPath, ['-e', script, JSON.stringify(options)], {
    env: { ...Object.fromEntries(proxyless), NO_PROXY: '*', no_proxy: '*' },
    timeout: deadlineMs,
  });
}

/** QUIC's first packet by its shape (RFC 9000, 17.2.2): long header, version 1, the nonce as the token. */
const quic = (nonce) =>
  Buffer.concat([
    Buffer.from([0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, nonce.length]),
    Buffer.from(nonce),
    Buffer.alloc(1_200),
  ]);

export const WAYS = {
  'no-proxy': {
    attack: (t, nonce) =>
      all(hosts4(t).map((host) => withoutProxy(t, { host, port: t.port, path: `/${nonce}` }))),
    control: (t, nonce) => {
      const at = `${t.names.http}:${t.port}`;
      return withoutProxy(t, { ...proxy(), path: `http://${at}/${nonce}`, headers: { host: at } });
    },
  },
  'gateway-port': connecting(() => [proxy().host]),
  'tcp-alias': connecting(({ names }) => [names.own, ...ALIASES]),
  'tcp-mapped': {
    attack: (t, nonce) =>
      all(hosts4(t).map((host) => sendTo({ host: `::ffff:${host}`, port: t.port }, nonce))),
    control: (t, nonce) =>
      sendTo({ host: `::ffff:${proxy().host}`, port: proxy().port }, allowedText(t, nonce)),
  },
  'tcp-unspecified': connecting(() => ['0.0.0.0', '::', '127.255.255.254']),
  'tcp-fast-open': byTcp('fastopen'),
  'tcp-new-route': byTcp('route'),
  'udp-ip-options': byUdp('options'),
  'udp-quic': {
    attack: (t, nonce) =>
      all(hosts4(t).map((address) => datagram('udp4', { port: t.port, address }, quic(nonce)))),
    control: (t, nonce) =>
      datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(`${nonce}.${t.names.asked}`)),
  },
};
