/** Attempts to talk the gateway into taking something where it may not go. */
import { all, clientHello, request, tunnel } from './wire.mjs';

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

export const BY_PROXY = {
  'connect-name': ({ names, port }, nonce) => throughTunnel(`${names.own}:${port}`, nonce),
  'connect-address': ({ addresses, port }, nonce) =>
    all([...addresses.ip4, '127.0.0.1'].map((address) => throughTunnel(`${address}:${port}`, nonce))),
  'connect-ipv6': ({ port, addresses }, nonce) =>
    all(['::1', ...addresses.ip6].map((address) => throughTunnel(`[${address}]:${port}`, nonce))),
  'connect-spelling': ({ port, addresses }, nonce) =>
    all(
      [...addresses.ip4, '127.0.0.1']
        .flatMap(spellings)
        .map((spelling) => throughTunnel(`${spelling}:${port}`, nonce)),
    ),
  'http-address': ({ port, addresses }, nonce) =>
    all(
      [...addresses.ip4, '127.0.0.1'].map((address) =>
        request(`GET http://${address}:${port}/${nonce} HTTP/1.1`, [`Host: ${address}:${port}`]),
      ),
    ),
  'own-name': ({ names, port }, nonce) =>
    request(`GET http://${names.own}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.own}:${port}`]),
  'host-mismatch': ({ names, port }, nonce) =>
    request(`GET http://${names.http}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.other}:${port}`]),
  'sni-mismatch': async ({ names, port }, nonce) => {
    const { socket } = await tunnel(`${names.tls}:${port}`);
    await clientHello(socket, names.other, nonce);
  },
  'not-tls': ({ names, port }, nonce) => throughTunnel(`${names.tls}:${port}`, nonce),
};
