import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiblingTargets, Targets } from '../../arena/targets.ts';
import { carryLoot } from '../../guest/loot.ts';
import { ofAllProcesses } from '../../guest/processes.ts';
import { all, datagram, interfaces, open, question, send, sendTo } from '../../guest/wire.ts';
import type { Attempt, Probe, Run } from '../probe.ts';
import { DNS_PORT } from './aims.ts';

/** The sibling bottle: another agent's, of the same user and on the same rung. It runs during the attack. */

/** Returns how to reach it. @throws Error when none runs */
function siblingIn({ sibling }: Targets): SiblingTargets {
  if (sibling === undefined) throw new Error('there is no bottle beside');
  return sibling;
}

/** A link-local address needs an interface. */
const hosts = (t: Targets): string[] =>
  siblingIn(t).addresses.flatMap((address) =>
    address.startsWith('fe80:')
      ? [...new Set(interfaces().map(({ name }) => `${address}%${name}`))]
      : [address],
  );

/** Returns a run whose control is the same code in the sibling bottle, where it reaches itself. */
const same = (make: Attempt): Run => ({ meetsSilence: true, attack: make, control: make });

const byUdp: Attempt = (t, nonce) =>
  all(
    hosts(t).map((address) =>
      datagram(address.includes(':') ? 'udp6' : 'udp4', { address, port: siblingIn(t).port }, nonce),
    ),
  );

/** Asks its proxy and its DNS for a name, which its log records whatever it answers. */
const byItsGateway: Attempt = async (t, nonce) => {
  const { hostname, port } = new URL(siblingIn(t).proxy);
  const name = `${nonce}.leak.test`;
  await all([
    datagram('udp4', { address: hostname, port: DNS_PORT }, question(name)),
    open({ host: hostname, port: Number(port) }).then(
      async (socket) => await send(socket, `CONNECT ${name}:443 HTTP/1.1\r\nHost: ${name}:443\r\n\r\n`),
    ),
  ]);
};

/** Returns the content of its files in all readable folders. */
function itsFiles(t: Targets): string {
  const { places, name } = siblingIn(t);
  const texts = places.map((place) => {
    try {
      return readFileSync(join(place, name), 'utf8');
    } catch {
      return '';
    }
  });
  return texts.join('\n');
}

const itsProcesses = (): string =>
  ofAllProcesses('cmdline')
    .split('\n')
    .filter((line) => line.includes('sibling.mjs'))
    .join('\n');

const finding = (read: (t: Targets) => string): Run => ({
  attack: async (t, nonce) => await carryLoot(t, nonce, read(t)),
  control: async (t, nonce) => {
    if (!/bbl[0-9a-f]{24}/.test(read(t))) throw new Error('it does not find its own');
    await sendTo({ host: '127.0.0.1', port: siblingIn(t).port }, nonce);
  },
});

const reach = {
  family: 'ways',
  oracle: { kind: 'sibling' },
  control: 'sibling',
  breach: "works in another agent's bottle, with that one's grants",
} as const;
const find = {
  ...reach,
  oracle: { kind: 'loot', of: 'sibling' },
  breach: 'has what another agent works on',
} as const;

export const SIBLINGS: readonly Probe[] = [
  {
    ...reach,
    id: 'sibling-tcp',
    claim: 'No port of another bottle can be connected to.',
    attack: "connect to another bottle's addresses",
    source: 'brig-sh/brig #15: sandboxes on one network; moby/moby #21990',
    run: same((t, nonce) => all(hosts(t).map((host) => sendTo({ host, port: siblingIn(t).port }, nonce)))),
  },
  {
    ...reach,
    id: 'sibling-udp',
    claim: 'No datagram reaches another bottle.',
    attack: 'send a datagram to another bottle',
    source: 'brig-sh/brig #15: sandboxes on one network; moby/moby #21990',
    run: same(byUdp),
  },
  {
    ...reach,
    id: 'sibling-unix',
    claim: 'No Unix socket of another bottle can be connected to.',
    attack: "connect to another bottle's Unix sockets",
    source: 'unix(7): abstract names belong to a network namespace; CVE-2020-15257',
    run: same((t, nonce) => {
      const { name } = siblingIn(t);
      return all([`\0${name}`, join('/tmp', `${name}.sock`)].map((path) => sendTo({ path }, nonce)));
    }),
  },
  {
    ...reach,
    id: 'sibling-gateway',
    claim: "No bottle can use another one's gateway.",
    attack: "ask another bottle's gateway, by proxy and DNS",
    closedInTheOpen: 'a plain process has no gateway',
    breach: "goes where another agent may go, with that one's secrets, and is in that one's log",
    source: '1996fanrui/agents-sandbox #215: services of another sandbox; MITRE ATT&CK T1090.001',
    run: same(byItsGateway),
  },
  {
    ...find,
    id: 'sibling-files',
    claim: "No temporary file of another bottle's can be read.",
    attack: "read another bottle's files by their own paths",
    source: 'CWE-377: temporary files in a folder that all share; namespaces(7)',
    run: finding(itsFiles),
  },
  {
    ...find,
    id: 'sibling-processes',
    claim: "No process of another bottle's can be seen.",
    attack: "read another bottle's command lines in /proc",
    source: 'proc_pid_cmdline(5); pid_namespaces(7)',
    run: finding(itsProcesses),
  },
];

/** The ids of probes whose controls run in the sibling bottle. */
export const SIBLING_IDS: readonly string[] = SIBLINGS.map(({ id }) => id);
