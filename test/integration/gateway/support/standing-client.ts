import { connect, type Socket } from 'node:net';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';

/**
 * Runs inside the bottle: opens something that stays open, prints `open`, and exits with 9 when it is broken off.
 *   WAY PORT PATH BYTES
 */

const [way = '', port = '', path = '/', bytes = '100000'] = process.argv.slice(2);
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

async function openSession(): Promise<ClientHttp2Session> {
  const secure = await openTls(['h2']);
  const session = connectHttp2(`https://${HOST}:${port}`, { createConnection: () => secure });
  await new Promise((resolve) => session.on('error', () => undefined).once('remoteSettings', resolve));
  return session;
}

const UPLOADED = Buffer.alloc(Number(bytes), 'x');

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
  /** A request without an answer. */
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
  /** A stream without an answer; the session stays. */
  stream: async () => (await openSession()).request({ ':path': path }),
  /** A plain HTTP request without an answer. */
  plain: async () => {
    const socket = connect(3128, '127.200.0.1');
    socket.write(`GET http://${HOST}:${port}${path} HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`);
    return socket;
  },
  /** Content without an end. */
  upload: async () => {
    const secure = await openTls(['http/1.1']);
    const head = `POST ${path} HTTP/1.1\r\nHost: ${HOST}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    secure.write(`${head}${UPLOADED.length.toString(16)}\r\n`);
    await new Promise((resolve) => secure.write(UPLOADED, resolve));
    return secure;
  },
  upload2: async () => {
    const stream = (await openSession()).request({ ':method': 'POST', ':path': path });
    await new Promise((resolve) => stream.write(UPLOADED, resolve));
    return stream;
  },
  /** A WebSocket over HTTP/2: RFC 8441. */
  webSocket2: async () => {
    const head = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws' };
    const stream = (await openSession()).request({ ...head, 'sec-websocket-version': '13' });
    await new Promise((resolve) => stream.once('response', resolve));
    return stream;
  },
};

const stream = await WAYS[way]?.();
if (stream === undefined) throw new Error(`no way is called ${way}`);
untilBroken(stream);
say('open');
