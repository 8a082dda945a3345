import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import { createServer } from 'node:tls';
import { gzipSync } from 'node:zlib';

/**
 * An origin that also gives each client with a key a session, which is valid by itself, and answers gRPC in the coding
 * of the request, as Go servers do; and one that answers early. Needs FOLDER/good.pem and its key. Reports only that it
 * is ready.
 *   lent-origins.ts FOLDER
 */

const folder = process.argv[2] ?? '';
const SESSION = 'JSESSIONID=session-of-the-user';

const key = readFileSync(`${folder}/good-key.pem`);
const cert = readFileSync(`${folder}/good.pem`);
const server = createSecureServer({ key, cert, allowHTTP1: true });

server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  request.resume().on('end', () => {
    if (request.url.startsWith('/grpc/')) return answerMessage(request, response);
    const { cookie = '', authorization } = request.headers;
    const who = authorization !== undefined ? 'key' : cookie.includes(SESSION) ? 'session' : 'nothing';
    response.writeHead(200, { 'set-cookie': [`${SESSION}; Path=/`, 'seen=1'], 'x-left': '1' });
    response.end(`${request.method} by ${who}`);
  });
});

/** Answers with what it received; `x-plain`: without a coding, whatever that of the request is. */
function answerMessage({ headers }: Http2ServerRequest, response: Http2ServerResponse): void {
  const isCoded = headers['grpc-encoding'] === 'gzip' && headers['x-plain'] === undefined;
  const told = Buffer.from(`sent: ${headers.authorization}.`);
  const message = isCoded ? gzipSync(told) : told;
  const frame = Buffer.from([isCoded ? 1 : 0, 0, 0, 0, message.length]);
  response.writeHead(200, {
    'content-type': 'application/grpc',
    ...(isCoded ? { 'grpc-encoding': 'gzip' } : {}),
  });
  response.write(Buffer.concat([frame, message]));
  response.addTrailers({ 'grpc-status': '0' });
  response.end();
}

server.on('upgrade', (request: { headers: Record<string, string> }, socket: Duplex) => {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const head = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  const own = [`Set-Cookie: ${SESSION}`, 'X-Left: 1'];
  socket.on('error', () => undefined).resume();
  socket.end(`HTTP/1.1 101 Switching Protocols\r\n${[...head, ...own].join('\r\n')}\r\n\r\n`);
});

/** Answers as soon as a request begins, and closes with the rest of it unread. */
const hasty = createServer({ key, cert }, (socket) => {
  socket
    .on('error', () => undefined)
    .once('data', () => {
      const answer = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large';
      socket.pause().write(answer, () => socket.destroy());
    });
});
hasty.listen(8444, '::');

server.listen(8443, '::', () => process.stdout.write('{"kind":"ready"}\n'));
process.stdin.resume().on('end', () => process.kill(process.pid));
