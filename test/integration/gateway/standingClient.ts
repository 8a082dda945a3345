import { connect, type Socket } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';

/** Run inside the bottle: opens something that stands, says `open`, and ends with 9 when it is broken off.   WAY PORT PATH */

const [way = '', port = '', path = '/'] = process.argv.slice(2);
const HOST = 'allowed.test';

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

async function openTunnel(): Promise<Socket> {
  const socket = connect(3128, '127.200.0.1');
  socket.write(`CONNECT ${HOST}:${port} HTTP/1.1\r\n\r\n`);
  const [head] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])));
  if (!head.toString().startsWith('HTTP/1.1 200')) throw new Error(head.toString());
  return socket;
}

async function openTls(protocols: string[] = []): Promise<TLSSocket> {
  const options = { servername: HOST, rejectUnauthorized: false, ALPNProtocols: protocols };
  const secure = connectTls({ socket: await openTunnel(), ...options });
  await new Promise((resolve) => secure.once('secureConnect', resolve));
  return secure;
}

function untilBroken(stream: Duplex): void {
  stream
    .on('error', () => undefined)
    .once('close', () => {
      process.exitCode = 9;
    });
  stream.resume();
}

const WAYS: Readonly<Record<string, () => Promise<Duplex>>> = {
  tcp: openTunnel,
  tls: async () => await openTls(),
  /** A request whose answer does not come. */
  request: async () => {
    const secure = await openTls(['http/1.1']);
    secure.write(`GET ${path} HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`);
    return secure;
  },
  webSocket: async () => {
    const secure = await openTls(['http/1.1']);
    const headers = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;
    secure.write(`GET /ws HTTP/1.1\r\nHost: ${HOST}:${port}\r\n${headers}\r\n`);
    await new Promise((resolve) => secure.once('data', resolve));
    return secure;
  },
  /** A stream whose answer does not come; the session stays. */
  stream: async () => {
    const secure = await openTls(['h2']);
    const session = connectHttp2(`https://${HOST}:${port}`, { createConnection: () => secure });
    session.on('error', () => undefined);
    return session.request({ ':path': path });
  },
};

const stream = await WAYS[way]?.();
if (stream === undefined) throw new Error(`no way is called ${way}`);
untilBroken(stream);
say('open');
