import type { Probe } from '../probe.ts';
import { evil, headed, smuggled } from './headed.ts';
import { tunnelled } from './tunnelled.ts';

/** Connections that become those of another protocol, which nobody reads. */

/** HTTP/2 without asking (RFC 9113, 3.3): the preface, no settings, and a request to this authority, without compression. */
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
    source: 'RFC 6455: nobody reads what follows',
    run: headed(
      (good, evil) => [...socketHead(good), `Upgrade: websocket, ${evil.split('.')[0]}`],
      (good, evil) => [...socketHead(good), `Upgrade: ${evil.split('.')[0]}`, 'Upgrade: websocket'],
    ),
  },
];
