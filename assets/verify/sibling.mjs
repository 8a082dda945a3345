/**
 * What runs in the bottle beside the one that is attacked: `node sibling.mjs {"word","name","places"}`. It has a word in
 * its arguments and, under this name, in files; it listens by TCP, UDP and Unix sockets, and says what it hears. A line of JSON
 * comes first: where it can be found. It ends with its input.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

const { word, name, places } = JSON.parse(process.argv[2]);
const NONCE = /bbn[0-9a-f]{24}/gi;
const say = (line) => console.log(JSON.stringify(line));

function hear(bytes, way) {
  for (const heard of bytes.toString('latin1').match(NONCE) ?? []) say({ heard: heard.toLowerCase(), way });
}

async function listen(way, ...where) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // the other side is an attacker
    socket.on('data', (bytes) => hear(bytes, way));
  });
  server.listen(...where);
  await once(server, 'listening');
  return server.address().port;
}

async function listenTo(type, port, address) {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.on('message', (bytes) => hear(bytes, 'udp'));
  socket.bind(port, address);
  await once(socket, 'listening');
}

const all = Object.values(networkInterfaces()).flat();
const hasIpv6 = all.some(({ family }) => family === 'IPv6');
const port = await listen('tcp', 0, hasIpv6 ? '::' : '0.0.0.0');
await listenTo('udp4', port, '0.0.0.0');
if (hasIpv6) await listenTo('udp6', port, '::');
await listen('an abstract Unix socket', `\0${name}`);
await listen('a Unix socket', join('/tmp', `${name}.sock`));
process.on('exit', () => rmSync(join('/tmp', `${name}.sock`), { force: true }));
for (const place of places) {
  try {
    writeFileSync(join(place, name), `${word}\n`);
  } catch {
    // where it may not write, nothing of it is to be found
  }
}
say({ port, addresses: all.map(({ address }) => address), proxy: process.env.HTTP_PROXY ?? '' });
process.stdin.on('end', () => process.exit(0)).resume();
