import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import { serveGit } from './git-origin.ts';

/**
 * An origin for large and long transfers: git, event streams, bodies of any size, WebSockets. Needs FOLDER/good.pem and
 * its key, and FOLDER/repositories for git. Reports only that it is ready.
 *   heavy-origins.ts FOLDER
 */

const folder = process.argv[2] ?? '';
const CHUNK = Buffer.alloc(256 * 1024, 'x');

const server = createSecureServer({
  key: readFileSync(`${folder}/good-key.pem`),
  cert: readFileSync(`${folder}/good.pem`),
  allowHTTP1: true,
});

server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
  const url = new URL(request.url, 'https://origin/');
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  if (url.pathname.startsWith('/git/')) return serveGit(request, response, folder);
  if (url.pathname === '/events') return sendEvents(response);
  if (url.pathname === '/down') return sendDown(response, Number(url.searchParams.get('bytes')));
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  request.on('end', () => response.end(String(bytes)));
});

/** Sends the second event three seconds after the first: nothing on the way may hold back the first. */
function sendEvents(response: Http2ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: first\n\n');
  setTimeout(() => response.end('data: second\n\n'), 3_000);
}

function sendDown(response: Http2ServerResponse, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  response.writeHead(200);
  more();
}

server.on('upgrade', (request: { headers: Record<string, string> }, socket: Duplex) => {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => undefined);
  echoFrames(socket);
});

/** Returns short masked frames unmasked. */
function echoFrames(socket: Duplex): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let length = (rest[1] ?? 0) & 0x7f; rest.length >= 6 + length && rest.length >= 2;) {
      const mask = rest.subarray(2, 6);
      const payload = Buffer.from(rest.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
      socket.write(Buffer.concat([Buffer.from([rest[0] ?? 0, length]), payload]));
      rest = rest.subarray(6 + length);
      length = (rest[1] ?? 0) & 0x7f;
    }
  });
}

server.listen(8443, '::', () => process.stdout.write('{"kind":"ready"}\n'));
process.stdin.resume().on('end', () => process.kill(process.pid));
