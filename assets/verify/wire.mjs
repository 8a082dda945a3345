/** What the attempts are made of: connections and datagrams that carry a nonce, whatever the other side says. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** What an attempt throws that did not come to be; nothing is said of it then, and so it counts as not proven. */
export const NOT_MADE = 'the attempt was not made';

/** The nonce for one of the spellings that an attempt tries: listeners tell which it was, counted from 1, by what is behind it. */
export const nth = (nonce, index) => `${nonce}v${index + 1}`;

/** Gives what the promise gives, or throws after this time. */
export async function within(deadlineMs, promise) {
  const timer = sleep(deadlineMs, undefined, { ref: true }).then(() => {
    throw new Error('no answer');
  });
  return await Promise.race([promise, timer]);
}

/** Waits for all of these; throws the first failure when all failed, so that one closed way hides no other. */
export async function all(promises) {
  const results = await Promise.allSettled(promises);
  if (results.every(({ status }) => status === 'rejected'))
    throw results[0]?.reason ?? new Error('nothing to try');
}

/** Opens a connection (`{ host, port }` or `{ path }`). */
export async function open(where) {
  const socket = connect(where);
  socket.on('error', () => undefined); // later ones; the first is thrown by `once`
  await once(socket, 'connect');
  return socket;
}

/** Sends a text on a connection and waits for the other side's first word or end. */
export async function send(socket, text) {
  socket.write(text);
  const [reply] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return String(reply ?? '');
}

/** Sends a text on a new connection, and is done when the kernel has taken it. */
export async function sendTo(where, text) {
  const socket = await open(where);
  await new Promise((resolve) => socket.end(text, resolve));
}

/** Listens on a Unix socket for one connection; `heard` settles with all that came on it. */
export async function listenOnce(path) {
  const server = createServer({ allowHalfOpen: false });
  const heard = once(server, 'connection').then(async ([socket]) => {
    const chunks = [];
    for await (const chunk of socket) chunks.push(chunk);
    server.close();
    return Buffer.concat(chunks).toString();
  });
  server.listen(path);
  await once(server, 'listening');
  return { path, heard };
}

/** Sends one datagram; with `source`, from this address, which chooses the interface. */
export async function datagram(type, { address, port, source }, payload) {
  const socket = createSocket(type);
  try {
    socket.bind(0, source);
    await once(socket, 'listening');
    if (type === 'udp4') socket.setBroadcast(true);
    if (type === 'udp4' && source !== undefined) socket.setMulticastInterface(source);
    await new Promise((resolve, reject) => {
      socket.send(payload, port, address, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}

/** The gateway as the environment names it. */
export function proxy() {
  const url = new URL(process.env.HTTP_PROXY ?? process.env.http_proxy ?? 'http://127.200.0.1:3128');
  return { host: url.hostname, port: Number(url.port) };
}

/** Asks the proxy for a tunnel. Gives the connection whatever it answers: a refusal may still forward. */
export async function tunnel(target, more = '') {
  const socket = await open(proxy());
  const answer = await send(socket, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${more}\r\n`);
  return { socket, answer: answer.split('\r\n')[0] };
}

/** Begins TLS and goes no further: the nonce is a protocol name (ALPN), which the first message carries in clear. */
export async function clientHello(socket, servername, nonce) {
  const tls = connectTls({ socket, servername, ALPNProtocols: [nonce], rejectUnauthorized: false });
  tls.on('error', () => undefined);
  await Promise.race([once(tls, 'secureConnect'), once(socket, 'close'), once(socket, 'data')]);
}

/** Sends a request to the proxy as it stands, and throws what a refusal says. */
export async function request(requestLine, headers) {
  const answer = await send(
    await open(proxy()),
    [requestLine, ...headers, 'Connection: close', '', ''].join('\r\n'),
  );
  const status = answer.split('\r\n')[0];
  if (!/^HTTP\/1\.[01] 2/.test(status)) throw new Error(status === '' ? 'connection closed' : status);
}

/** The request line and header of an allowed request that carries a text to the canary. */
export const allowedRequest = ({ names, port }, text) => [
  `GET http://${names.http}:${port}/${text} HTTP/1.1`,
  [`Host: ${names.http}:${port}`],
];

/** Brings something home by what the policy allows: to the canary, through the proxy. */
export const carryHome = (targets, text) => request(...allowedRequest(targets, text));

/** RFC 1035: a question for the address of a name. */
export function question(name) {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x42, 0x42, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** The interfaces here, with what can be told of each one's network from its own address. */
export function interfaces() {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    addresses.map(({ address, netmask, family, internal }) => ({
      name,
      address,
      internal,
      ip4: family === 'IPv4',
      ...(family === 'IPv4' && !internal ? neighbours(address, netmask) : {}),
    })),
  );
}

/** The first address of the network, where its router or host usually is, and its broadcast address. */
function neighbours(address, netmask) {
  const [ip, mask] = [address, netmask].map((text) =>
    text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0),
  );
  const network = (ip & mask) >>> 0;
  return { first: dotted(network + 1), broadcast: dotted((network | ~mask) >>> 0) };
}

const dotted = (ip) => [ip >>> 24, ip >>> 16, ip >>> 8, ip].map((part) => part & 255).join('.');
