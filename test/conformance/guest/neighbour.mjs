/** A bottle beside another: listens on all that it has, and prints a line of JSON for each nonce that it hears. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

const PORT = 27_182;
const all = Object.values(networkInterfaces()).flat();
const hear = (received) => {
  for (const nonce of String(received).match(/bbn[0-9a-f]{24}/g) ?? [])
    console.log(JSON.stringify({ nonce }));
};

const listening = [];
for (const [type, host] of [
  ['udp4', '0.0.0.0'],
  ['udp6', '::'],
]) {
  if (type === 'udp6' && !all.some(({ family }) => family === 'IPv6')) continue;
  const server = createServer((socket) => socket.on('data', hear).on('error', () => undefined));
  listening.push(new Promise((resolve) => server.listen({ host, port: PORT, ipv6Only: true }, resolve)));
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.on('message', hear);
  listening.push(new Promise((resolve) => socket.bind(PORT, host, resolve)));
}
await Promise.all(listening);

const addressesOf = (family) => all.filter((entry) => entry.family === family && !entry.internal);
const isLinkLocal = ({ address }) => address.startsWith('fe80');
console.log(
  JSON.stringify({
    port: PORT,
    ip4: addressesOf('IPv4').map(({ address }) => address),
    ip6: addressesOf('IPv6')
      .filter((entry) => !isLinkLocal(entry))
      .map(({ address }) => address),
    linkLocal: addressesOf('IPv6')
      .filter(isLinkLocal)
      .map(({ address }) => address),
  }),
);
