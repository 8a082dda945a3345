/** Attempts to talk the gateway into taking something where it may not go. */
import { all, carryHome, clientHello, nth, request, tunnel } from './wire.mjs';

/** Sends the nonce into a tunnel, whatever was answered. */
async function throughTunnel(target, nonce) {
  const { socket, answer } = await tunnel(target);
  socket.end(nonce);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer);
}

/** 192.0.2.1 as programs have read it since 4.2BSD: inet_aton(3). */
function spellings(address) {
  const parts = address.split('.').map(Number);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = parts.map((part) => part.toString(16).padStart(2, '0')).join('');
  const octal = parts.map((part) => `0${part.toString(8)}`).join('.');
  return [String(number), `0x${hex}`, octal, `[::ffff:${address}]`, `${address}.`];
}

/** TLS in a tunnel, of a name that the tunnel is for or not. */
async function helloThrough({ names, port }, nonce, servername) {
  const { socket } = await tunnel(`${names.tls}:${port}`);
  await clientHello(socket, servername, nonce);
}

/** The same tunnel and the same request, to where they may go. */
const byConnect = (attack) => ({ attack, control: (t, nonce) => helloThrough(t, nonce, t.names.tls) });
const byRequest = (attack) => ({ attack, control: carryHome });

const own4 = ({ addresses }) => [...addresses.ip4, '127.0.0.1'];

export const BY_PROXY = {
  'connect-name': byConnect(({ names, port }, nonce) => throughTunnel(`${names.own}:${port}`, nonce)),
  'connect-address': byConnect((t, nonce) =>
    all(own4(t).map((address) => throughTunnel(`${address}:${t.port}`, nonce))),
  ),
  'connect-ipv6': byConnect(({ port, addresses }, nonce) =>
    all(['::1', ...addresses.ip6].map((address) => throughTunnel(`[${address}]:${port}`, nonce))),
  ),
  'connect-spelling': byConnect((t, nonce) =>
    all(
      own4(t)
        .flatMap(spellings)
        .map((spelling, index) => throughTunnel(`${spelling}:${t.port}`, nth(nonce, index))),
    ),
  ),
  'http-address': byRequest((t, nonce) =>
    all(
      own4(t).map((address) =>
        request(`GET http://${address}:${t.port}/${nonce} HTTP/1.1`, [`Host: ${address}:${t.port}`]),
      ),
    ),
  ),
  'own-name': byRequest(({ names, port }, nonce) =>
    request(`GET http://${names.own}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.own}:${port}`]),
  ),
  'host-mismatch': byRequest(({ names, port }, nonce) =>
    request(`GET http://${names.http}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.other}:${port}`]),
  ),
  'sni-mismatch': byConnect((t, nonce) => helloThrough(t, nonce, t.names.other)),
  'not-tls': byConnect(({ names, port }, nonce) => throughTunnel(`${names.tls}:${port}`, nonce)),
};
