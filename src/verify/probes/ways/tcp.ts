import type { Targets } from '../../arena/targets.ts';
import { all, proxy, SENT_BY_PROGRAM, sendByProgram, sendTo } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import {
  allowedBeyond,
  allowedText,
  beyond4,
  beyond6,
  hosts4,
  onEveryLink,
  outside4,
  WEB_PORTS,
} from './aims.ts';

/** Connections to the host, or to anything else, without the gateway. */

/** Returns a run whose control is the same connection to the only allowed address. */
const connecting = (spell: (t: Targets) => readonly string[]): Run => ({
  meetsSilence: true,
  attack: (t, nonce) => all(spell(t).map((host) => sendTo({ host, port: t.port }, nonce))),
  control: (t, nonce) => sendTo(proxy(), allowedText(t, nonce)),
});

/** Names that engines give the host, in the bottle's files and their own resolvers. */
const ALIASES = [
  'host.docker.internal',
  'gateway.docker.internal',
  'host.containers.internal',
  'host.lima.internal',
  'host.orb.internal',
  '_gateway',
];

/** Runs an ordinary client in a separate program without proxy settings. It ends by itself without an answer. */
async function withoutProxy({ deadlineMs }: Targets, requests: readonly object[]): Promise<void> {
  const script = `
    process.exitCode = 1;
    for (const options of JSON.parse(process.argv[1])) {
      const request = require('node:http').get(options, (answer) => { process.exitCode = 0; answer.resume(); });
      request.on('error', ({ message }) => console.error(message));
    }
    setTimeout(() => process.exit(), ${deadlineMs}).unref();`;
  const proxyless = Object.entries(process.env).filter(([name]) => !/proxy/i.test(name));
  const env = { ...Object.fromEntries(proxyless), NO_PROXY: '*', no_proxy: '*' };
  await sendByProgram(process.execPath, ['-e', script, JSON.stringify(requests)], env);
}

const hostsAndOwn = (t: Targets): string[] => [...outside4(t), '127.0.0.1'];

const connection = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
  control: 'canary',
  source: 'nono #713: proxy variables alone; apple/container #2062: the host, by its address inside',
} as const;

export const TCP: readonly Probe[] = [
  {
    ...connection,
    id: 'tcp-host',
    claim: 'No address of the host can be connected to.',
    attack: 'connect to every address of this host',
    needs: 'ip4',
    run: connecting(hosts4),
  },
  {
    ...connection,
    id: 'tcp-beyond',
    claim: 'Nothing beyond the host can be connected to but by the gateway.',
    attack: 'connect past the gateway, to the world',
    needs: 'beyond',
    control: 'beyond',
    breach: 'talks to the world, unseen and unjudged',
    source: 'nono #713: proxy variables alone, which a client need not heed',
    run: {
      meetsSilence: true,
      attack: (t, nonce) =>
        all(
          beyond4(t).flatMap((host) => [t.port, ...WEB_PORTS].map((port) => sendTo({ host, port }, nonce))),
        ),
      control: (t, nonce) => sendTo(proxy(), allowedBeyond(t, nonce)),
    },
  },
  {
    ...connection,
    id: 'tcp-loopback',
    claim: "The host's own loopback cannot be connected to.",
    attack: "connect to the host's own 127.0.0.1",
    run: connecting(() => ['127.0.0.1', '127.0.1.1']),
  },
  {
    ...connection,
    id: 'tcp-ipv6',
    claim: 'No address of the host can be connected to over IPv6.',
    attack: 'connect over IPv6',
    needs: 'ip6',
    source: 'openai/codex #10431: IPv6 past a list of IPv4 addresses',
    run: connecting((t) => ['::1', ...t.addresses.ip6, ...beyond6(t)]),
  },
  {
    ...connection,
    id: 'tcp-link-local',
    claim: 'No link-local address can be connected to.',
    attack: 'connect to a link-local address',
    needs: 'linkLocal',
    source: "measured: an engine's bridge keeps an fe80:: address of the host; RFC 4291, 2.5.6",
    run: connecting((t) => onEveryLink(t, t.addresses.linkLocal)),
  },
  {
    ...connection,
    id: 'no-proxy',
    claim: 'A client without proxy settings reaches nothing.',
    attack: 'run a client without the proxy variables',
    source: 'nono #713: --noproxy; curl(1): NO_PROXY',
    run: {
      ...SENT_BY_PROGRAM,
      attack: (t, nonce) =>
        withoutProxy(
          t,
          hostsAndOwn(t).map((host) => ({ host, port: t.port, path: `/${nonce}` })),
        ),
      control: (t, nonce) => {
        const at = `${t.names.http}:${t.port}`;
        return withoutProxy(t, [{ ...proxy(), path: `http://${at}/${nonce}`, headers: { host: at } }]);
      },
    },
  },
  {
    ...connection,
    id: 'gateway-port',
    claim: "The gateway's address has no port that leads to the host.",
    attack: "connect to the host's port at the gateway's address",
    source: 'apple/container #2062: the host, by its address on the network inside; CVE-2025-9074',
    run: connecting(() => [proxy().host]),
  },
  {
    ...connection,
    id: 'tcp-alias',
    claim: 'No name that engines have for the host leads there.',
    attack: 'connect to host.docker.internal and its kin',
    source: 'CVE-2025-9074 (Docker Desktop): the engine, at its own address; host.docker.internal',
    run: connecting(({ names }) => [names.own, ...ALIASES]),
  },
  {
    ...connection,
    id: 'tcp-mapped',
    claim: 'No IPv4 address can be connected to by way of IPv6.',
    attack: 'connect to ::ffff:ADDRESS',
    needs: 'ip4',
    source: 'RFC 4291, 2.5.5.2',
    run: {
      meetsSilence: true,
      attack: (t, nonce) =>
        all(hostsAndOwn(t).map((host) => sendTo({ host: `::ffff:${host}`, port: t.port }, nonce))),
      control: (t, nonce) =>
        sendTo({ host: `::ffff:${proxy().host}`, port: proxy().port }, allowedText(t, nonce)),
    },
  },
  {
    ...connection,
    id: 'tcp-unspecified',
    claim: 'No address that means this host means the other one.',
    attack: 'connect to 0.0.0.0, :: and the end of 127/8',
    source: 'Oligo, 0.0.0.0 Day (2024); RFC 1122, 3.2.1.3',
    run: connecting(() => ['0.0.0.0', '::', '127.255.255.254']),
  },
];
