import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import type { Readable } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { acceptKey, readFrames } from './websocket.ts';

/**
 * The canary: the servers outside the bottle. It prints everything that it receives to standard output, one line of
 * JSON each: `{kind: 'text', text}`.
 *   canary.ts FOLDER [ADDRESS...]      with FOLDER/good.pem and FOLDER/good-key.pem; default: every address
 */

const [, , folder = '', ...given] = process.argv;
const addresses = given.length === 0 ? ['0.0.0.0'] : given;

const hear = (text: string): void => void process.stdout.write(`${JSON.stringify({ kind: 'text', text })}\n`);

/**
 * Reports the raw bytes of a connection. Call it last: Node's server hides them from listeners that were added earlier.
 */
function tap(socket: Socket): void {
  socket.on('data', (chunk: Buffer) => hear(chunk.toString('latin1')));
  socket.on('error', () => socket.destroy());
}

/** Reports the whole body and its digest. The digest identifies a body that arrives in pieces. */
function tellWhole(request: Readable): Promise<void> {
  const hash = createHash('sha256');
  let text = '';
  request.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    text += chunk.toString('latin1');
  });
  return new Promise((resolve) => {
    request.once('end', () => {
      hear(`body ${text}\nsha256 ${hash.digest('hex')}`);
      resolve();
    });
  });
}

function answer1(request: IncomingMessage, response: ServerResponse): void {
  request.on('error', () => undefined);
  void tellWhole(request).then(() => {
    const to = new URL(request.url ?? '/', 'http://canary/').searchParams.get('to');
    if (to !== null)
      return void response.writeHead(302, { Location: Buffer.from(to, 'base64url').toString() }).end();
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('heard\n');
  });
}

const http = createHttpServer(answer1);
http.on('upgrade', (request, socket) => {
  const accept = acceptKey(String(request.headers['sec-websocket-key']));
  const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n`);
  let rest: Buffer = Buffer.alloc(0);
  // Reports the bytes both as received and unmasked.
  socket.on('data', (chunk: Buffer) => {
    hear(chunk.toString('latin1'));
    const read = readFrames(Buffer.concat([rest, chunk]));
    rest = read.rest;
    read.texts.forEach(hear);
  });
  socket.on('error', () => undefined).pipe(socket);
});

const http2 = createHttp2Server();
http2.on('stream', (stream, headers) => {
  hear(
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join('\n'),
  );
  stream.on('error', () => undefined);
  stream.on('trailers', (trailers) => hear(JSON.stringify(trailers)));
  void tellWhole(stream).then(() => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end('heard\n');
  });
});

function acceptSecure(socket: TLSSocket): void {
  hear(`server name ${String(socket.servername)}`);
  if (socket.alpnProtocol === 'h2') return void http2.emit('connection', socket);
  http.emit('connection', socket);
  tap(socket);
}

const secure = createTlsServer(
  {
    key: readFileSync(`${folder}/good-key.pem`),
    cert: readFileSync(`${folder}/good.pem`),
    ALPNCallback: ({ servername, protocols }) =>
      (servername.startsWith('old.') ? ['http/1.1'] : ['h2', 'http/1.1']).find((one) =>
        protocols.includes(one),
      ),
  },
  acceptSecure,
);
secure.on('tlsClientError', () => undefined);

function acceptOpen(socket: Socket): void {
  http.emit('connection', socket);
  tap(socket);
}

/** Reports the first bytes of TLS too: OpenSSL does not report a handshake that it rejects. */
function acceptSealed(socket: Socket): void {
  const inner = connect((secure.address() as AddressInfo).port, '127.0.0.1');
  socket.once('data', (chunk: Buffer) => hear(chunk.toString('latin1')));
  for (const one of [socket, inner]) one.on('error', () => one.destroy());
  socket.pipe(inner).pipe(socket);
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((done) => server.listen(port, host, done));

await listen(secure, 0, '127.0.0.1');
for (const address of addresses) {
  await listen(createTcpServer(acceptSealed), 443, address);
  await listen(createTcpServer(acceptOpen), 80, address);
}
process.stdout.write('{"kind":"ready"}\n');
process.stdin.resume().on('end', () => process.kill(process.pid));
