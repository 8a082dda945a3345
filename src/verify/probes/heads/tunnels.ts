import type { Targets } from '../../arena/targets.ts';
import { inTunnel, textOf } from '../../guest/requests.ts';
import { eachSpelling, type Sent, all } from '../../guest/wire.ts';
import type { Run, Probe } from '../probe.ts';
import { good, CHUNKED, evil, hidden, smuggled, two, headed } from './headed.ts';

/** Requests in a tunnel to an allowed host, and protocol upgrades. */

/** Returns a run that sends these requests, which name another host, in a tunnel to the canary. */
const tunnelled = (...make: readonly ((t: Targets, nonce: string) => Sent)[]): Run => ({
  attack: (t, nonce) => eachSpelling(nonce, make, (text, nonce) => inTunnel(good(t), text(t, nonce))),
  control: (t, nonce) => inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] })),
});

/** Probes with requests to another host through a tunnel to an allowed one. */
export const TUNNELS: readonly Probe[] = [
  {
    ...two,
    id: 'url-in-tunnel',
    claim: 'A URL in a tunnel names the host of the tunnel.',
    attack: 'name another host by a URL in an allowed tunnel',
    run: tunnelled(
      (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${good(t)}`] }),
      (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${evil(t, nonce)}`] }),
    ),
  },
  {
    ...two,
    id: 'host-in-tunnel',
    claim: 'Host in a tunnel names the host of the tunnel.',
    attack: 'CONNECT to an allowed host, then name another',
    run: tunnelled((t, nonce) => textOf({ target: '/', lines: [`Host: ${evil(t, nonce)}`] })),
  },
  {
    ...two,
    id: 'connect-in-tunnel',
    claim: 'No tunnel is opened in a tunnel.',
    attack: 'CONNECT to another host in an allowed tunnel',
    run: tunnelled((t, nonce) => `CONNECT ${evil(t, nonce)} HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`),
  },
  {
    ...smuggled,
    id: 'connect-body',
    claim: 'What comes as the content of CONNECT is judged or refused.',
    attack: 'hide a request in the content of CONNECT',
    source: 'RFC 9110, 9.3.6',
    run: {
      attack: (t, nonce) => {
        const text = hidden(t, nonce);
        return all([
          inTunnel(good(t), text, { connectLines: `Content-Length: ${text.length}\r\n` }),
          inTunnel(good(t), `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`, {
            connectLines: `${CHUNKED}\r\n`,
          }),
        ]);
      },
      control: (t, nonce) =>
        inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] }), {
          connectLines: 'X-Own: a\r\n',
        }),
    },
  },
];

/**
 * Returns the start of HTTP/2 with prior knowledge (RFC 9113, 3.3): the preface, empty settings, and an uncompressed
 * request to this authority.
 */
function preface(authority: string): Buffer {
  const chr = (text: string): string => String.fromCharCode(text.length) + text;
  const literal = (name: string, value: string): Buffer =>
    Buffer.from(`\0${chr(name)}${chr(value)}`, 'latin1');
  const fields = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', authority],
  ] as const;
  const block = Buffer.concat(fields.map(([name, value]) => literal(name, value)));
  const frame = ([type, flags, stream]: readonly [number, number, number], content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0, 0, content.length, type, flags, 0, 0, 0, stream]), content]);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame([4, 0, 0], Buffer.alloc(0)),
    frame([1, 5, 1], block),
  ]);
}

const socketHead = (host: string): readonly string[] => [
  `Host: ${host}`,
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

/** Probes with connections that switch to another protocol, which nobody inspects. */
export const UPGRADES: readonly Probe[] = [
  {
    ...smuggled,
    id: 'upgrade-h2c',
    claim: 'The settings of an upgrade to HTTP/2 do not get out.',
    attack: 'ask for an upgrade to HTTP/2 (h2c)',
    source: 'h2c smuggling (Bishop Fox, 2020)',
    run: headed((good, evil) => [
      `Host: ${good}`,
      'Connection: Upgrade, HTTP2-Settings, close',
      'Upgrade: h2c',
      `HTTP2-Settings: ${evil}`,
    ]),
  },
  {
    ...smuggled,
    id: 'http2-in-clear',
    claim: 'HTTP/2 in the clear is judged or refused.',
    attack: 'speak HTTP/2 without asking',
    source: 'RFC 9113, 3.3: prior knowledge',
    run: tunnelled((t, nonce) => preface(evil(t, nonce))),
  },
  {
    ...smuggled,
    id: 'upgrade-websocket',
    claim: 'No connection becomes a WebSocket where no rule says so.',
    attack: 'ask for a WebSocket that no rule allows',
    source: 'RFC 6455: the bytes after the upgrade are not HTTP',
    run: headed(
      (good, evil) => [...socketHead(good), `Upgrade: websocket, ${evil.split('.')[0]}`],
      (good, evil) => [...socketHead(good), `Upgrade: ${evil.split('.')[0]}`, 'Upgrade: websocket'],
    ),
  },
];
