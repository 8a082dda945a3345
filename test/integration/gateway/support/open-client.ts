import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/**
 * Runs inside the bottle: opens connections before any request, one session of HTTP/2 and several of HTTP/1.1, all
 * through opened TLS, and prints `open`. Then for each line of its input, `h1 /path`, `ws /path` or `h2 /path`, it
 * sends a request on an open connection, and prints the first line of the result.
 *   HOST OLD-PORT NEW-PORT
 */

const [host = '', oldPort = '', newPort = ''] = process.argv.slice(2);
const CONNECTIONS = 6;

async function openTls(port: string, protocol: string): Promise<TLSSocket> {
  const raw = connect(3128, '127.200.0.1');
  raw.write(`CONNECT ${host}:${port} HTTP/1.1\r\n\r\n`);
  await once(raw, 'data');
  const how = { servername: host, rejectUnauthorized: false, ALPNProtocols: [protocol] };
  const secure = connectTls({ socket: raw, ...how }).on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

const standing = await Promise.all(Array.from({ length: CONNECTIONS }, () => openTls(oldPort, 'http/1.1')));
const secure2 = await openTls(newPort, 'h2');
const session = connectHttp2(`https://${host}:${newPort}`, { createConnection: () => secure2 });
await once(session, 'remoteSettings');

async function ask1(path: string, more = ''): Promise<string> {
  const secure = standing.shift();
  if (secure === undefined) return 'no connection is left';
  secure.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${oldPort}\r\n${more}\r\n`);
  const [bytes] = (await once(secure, 'data')) as [Buffer];
  secure.destroy();
  return bytes.toString('latin1').split('\r\n')[0] ?? '';
}

const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

const WAYS: Readonly<Record<string, (path: string) => Promise<string>>> = {
  h1: ask1,
  ws: async (path) => await ask1(path, HANDSHAKE),
  h2: async (path) => {
    const stream = session.request({ ':path': path });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    stream.resume();
    return `HTTP/2 ${headers[':status']}`;
  },
};

process.stdout.write('open\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [way = '', path = '/'] = line.split(' ');
  process.stdout.write(`${await WAYS[way]?.(path)}\n`);
}
for (const one of [session, ...standing]) one.destroy();
