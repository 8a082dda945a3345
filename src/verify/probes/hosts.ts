import type { Targets } from '../arena/targets.ts';
import { all, carryHome, clientHello, eachSpelling, request, tunnel } from '../guest/wire.ts';
import type { Attempt, Probe, Run } from './probe.ts';
import { REDIRECTS } from './redirects.ts';
import { own4 } from './ways/aims.ts';

/** Attempts to trick the gateway: reach a host that is not allowed by way of one that is. */

/** Sends the nonce into a tunnel, even after a refused CONNECT. @throws Error with the refusal's text */
async function throughTunnel(target: string, nonce: string): Promise<void> {
  const { socket, answer } = await tunnel(target);
  socket.end(nonce);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer);
}

/** Returns other spellings of an IPv4 address that programs have accepted since 4.2BSD: inet_aton(3). */
function spellings(address: string): readonly string[] {
  const parts = address.split('.').map(Number);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = parts.map((part) => part.toString(16).padStart(2, '0')).join('');
  const octal = parts.map((part) => `0${part.toString(8)}`).join('.');
  return [String(number), `0x${hex}`, octal, `[::ffff:${address}]`, `${address}.`];
}

/** Sends a ClientHello into a tunnel, with the tunnel's host name or another. */
async function helloThrough({ names, port }: Targets, nonce: string, servername: string): Promise<void> {
  const { socket } = await tunnel(`${names.tls}:${port}`);
  await clientHello(socket, servername, nonce);
}

/** Returns a run whose control uses the same tunnel, to an allowed host. */
const byConnect = (attack: Attempt): Run => ({
  attack,
  control: (t, nonce) => helloThrough(t, nonce, t.names.tls),
});
/** Returns a run whose control sends the same request to an allowed host. */
const byRequest = (attack: Attempt): Run => ({ attack, control: carryHome });

const talk = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'reaches a host that no rule allows, under cover of one that is allowed',
} as const;

export const HOSTS: readonly Probe[] = [
  {
    ...talk,
    id: 'connect-name',
    claim: 'The gateway opens no tunnel to a name that leads to the host.',
    attack: 'have the proxy connect to a name not allowed',
    source: 'CWE-918: requests that a server is talked into; names that lead home',
    run: byConnect(({ names, port }, nonce) => throughTunnel(`${names.own}:${port}`, nonce)),
  },
  {
    ...talk,
    id: 'connect-address',
    claim: "The gateway opens no tunnel to the host's address.",
    attack: "have the proxy connect to the host's address",
    source: "CVE-2025-9074: Docker Desktop's engine at its own address; apple/container #2062",
    run: byConnect((t, nonce) => all(own4(t).map((address) => throughTunnel(`${address}:${t.port}`, nonce)))),
  },
  {
    ...talk,
    id: 'connect-ipv6',
    claim: 'The gateway opens no tunnel to an IPv6 address of the host.',
    attack: 'the same with IPv6 addresses',
    needs: 'ip6',
    source: 'RFC 3986, 3.2.2: IPv6 literals; openai/codex #10431: IPv6 past a list of IPv4 addresses',
    run: byConnect(({ port, addresses }, nonce) =>
      all(['::1', ...addresses.ip6].map((address) => throughTunnel(`[${address}]:${port}`, nonce))),
    ),
  },
  {
    ...talk,
    id: 'connect-spelling',
    family: 'names',
    claim: 'No spelling of an address is read as another by the gateway.',
    attack: 'the same in hex, octal, decimal and mapped',
    source: 'CVE-2021-28918, CVE-2021-29921: octal read as decimal; inet_aton(3); RFC 4291, 2.5.5.2',
    run: byConnect((t, nonce) =>
      eachSpelling(nonce, own4(t).flatMap(spellings), (spelling, nonce) =>
        throughTunnel(`${spelling}:${t.port}`, nonce),
      ),
    ),
  },
  {
    ...talk,
    id: 'http-address',
    claim: "The gateway fetches nothing from the host's address.",
    attack: 'have the proxy fetch from that address',
    source: 'nono #1673, #1676: plain HTTP and CONNECT were judged by different code',
    run: byRequest((t, nonce) =>
      all(
        own4(t).map((address) =>
          request(`GET http://${address}:${t.port}/${nonce} HTTP/1.1`, [`Host: ${address}:${t.port}`]),
        ),
      ),
    ),
  },
  {
    ...talk,
    id: 'own-name',
    claim: 'An allowed name that leads to the host is refused for where it leads.',
    attack: "use an allowed name that leads to the host's address",
    source: 'Jackson et al., Protecting Browsers from DNS Rebinding Attacks (2007)',
    run: byRequest(({ names, port }, nonce) =>
      request(`GET http://${names.own}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.own}:${port}`]),
    ),
  },
  {
    ...talk,
    id: 'host-mismatch',
    claim: 'The Host header cannot differ from the host that was judged.',
    attack: 'hide another Host in an allowed request',
    source: 'microsandbox #709: domain fronting; MITRE ATT&CK T1090.004',
    run: byRequest(({ names, port }, nonce) =>
      request(`GET http://${names.http}:${port}/${nonce} HTTP/1.1`, [`Host: ${names.other}:${port}`]),
    ),
  },
  {
    ...talk,
    id: 'sni-mismatch',
    claim: 'The TLS name cannot differ from the host of the tunnel.',
    attack: 'hide another TLS name in an allowed tunnel',
    source: 'gh-aw-firewall #8878: a TLS name that is not the host of CONNECT',
    run: byConnect((t, nonce) => helloThrough(t, nonce, t.names.other)),
  },
  {
    ...talk,
    id: 'not-tls',
    claim: 'A tunnel that is for TLS carries nothing else.',
    attack: 'speak no TLS in a tunnel that is for TLS',
    source: 'RFC 9110, 9.3.6: a tunnel carries any protocol; MITRE ATT&CK T1572, protocol tunnelling',
    run: byConnect(({ names, port }, nonce) => throughTunnel(`${names.tls}:${port}`, nonce)),
  },
  ...REDIRECTS,
];
