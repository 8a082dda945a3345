import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerResponse } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';

/** TLS origins with certificates of the authority that a test's gateway trusts: FOLDER/ca.pem. */

export interface OriginParts {
  readonly folder: string;
  readonly heard: (what: Record<string, unknown>) => void;
  readonly onRequest: RequestListener;
}

/** Ports, by the fault of their certificate. */
export const FAULTY = { expired: 8451, otherHost: 8452, unknown: 8453, notYet: 8454 } as const;
export const SECURE_PORTS = {
  both: 8443,
  oldOnly: 8444,
  newOnly: 8445,
  stalls: 8446,
  garbage: 8447,
  resets: 8448,
  mute: 8449,
  garbage2: 8455,
  resets2: 8456,
} as const;

/** Returns the servers, each with its port. */
export function secureOrigins(parts: OriginParts): (readonly [Server, number])[] {
  const { folder, heard } = parts;
  const own = (name: string): { key: Buffer; cert: Buffer } => ({
    key: readFileSync(`${folder}/${name}-key.pem`),
    cert: readFileSync(`${folder}/${name}.pem`),
  });
  const old = createHttpsServer(own('good'), parts.onRequest);
  old.on('upgrade', (request, socket) => {
    heard({ kind: 'upgrade', url: request.url, rawHeaders: request.rawHeaders });
    if (request.headers['x-refuse'] !== undefined) return void socket.end(refusalEchoing(request.rawHeaders));
    const key = String(request.headers['sec-websocket-key']);
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n`);
    socket.on('data', (chunk: Buffer) => heard({ kind: 'frame', hex: chunk.toString('hex') }));
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  return [
    [both(parts, { ...own('good'), allowHTTP1: true }), SECURE_PORTS.both],
    [old, SECURE_PORTS.oldOnly],
    [both(parts, { ...own('good'), allowHTTP1: false }), SECURE_PORTS.newOnly],
    [createTlsServer(own('good'), () => undefined), SECURE_PORTS.stalls],
    [createTlsServer(own('good'), talkNonsense), SECURE_PORTS.garbage],
    [createTlsServer({ ...own('good'), ALPNProtocols: ['h2'] }, talkNonsense), SECURE_PORTS.garbage2],
    [createTlsServer(own('good'), breakOff), SECURE_PORTS.resets],
    [createTlsServer({ ...own('good'), ALPNProtocols: ['h2'] }, breakOff), SECURE_PORTS.resets2],
    // never speaks TLS
    [createServer((socket) => void socket.on('error', () => undefined).resume()), SECURE_PORTS.mute],
    ...Object.entries(FAULTY).map(
      ([name, port]) => [createHttpsServer(own(name), parts.onRequest), port] as const,
    ),
  ];
}

function talkNonsense(socket: TLSSocket): void {
  socket.on('error', () => undefined).end('nonsense\r\n\r\n');
}

function breakOff(socket: TLSSocket): void {
  socket.on('error', () => undefined).once('data', () => socket.destroy());
}

/** Returns a refusal in a coding that nobody requested. */
function refusalEchoing(rawHeaders: readonly string[]): Buffer {
  const content = gzipSync(`refused: ${rawHeaders.join(' ')}`);
  const head = ['HTTP/1.1 401 Unauthorized', 'Content-Encoding: gzip', `Content-Length: ${content.length}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
}

/** Speaks HTTP/2, and HTTP/1.1 if that is allowed. */
function both(
  { heard, onRequest }: OriginParts,
  options: { key: Buffer; cert: Buffer; allowHTTP1: boolean },
): Http2SecureServer {
  const server = createSecureServer({ ...options, settings: { enableConnectProtocol: true } });
  server.on('request', (request, response) => {
    if (request.httpVersionMajor === 1)
      return onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    heard({ kind: 'begun', url: request.url });
    let bytes = 0;
    const hash = createHash('sha256');
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    request.on('end', () => {
      if (request.stream.aborted) return heard({ kind: 'aborted', url: request.url, bytes });
      const { method, url, headers } = request;
      heard({ kind: 'request2', method, url, headers, bytes, sha256: hash.digest('hex') });
      answer2(response, url, { method, url, headers, bytes });
    });
  });
  return server;
}

/** Begins an answer, and does not continue. */
export function halfAnswer(response: ServerResponse | Http2ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  (response as ServerResponse).write('half');
}

/** Sends an answer one word at a time, for four seconds. */
export function pausingAnswer(response: ServerResponse | Http2ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let left = 20;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return void (response as ServerResponse).write('word\n');
    clearInterval(timer);
    response.end('last\n');
  }, 200);
}

function answer2(response: Http2ServerResponse, path: string, about: Record<string, unknown>): void {
  if (path === '/never') return;
  if (path === '/half') return halfAnswer(response);
  if (path === '/pauses') return pausingAnswer(response);
  if (path.startsWith('/big?')) return void response.end(Buffer.alloc(Number(path.slice(5)), 'x'));
  if (path === '/trailers') {
    response.writeHead(200, { 'content-type': 'application/grpc' }).write('message');
    response.addTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' });
    return void response.end();
  }
  response.writeHead(200, { 'content-type': 'application/json', 'x-spoken': 'h2' });
  response.end(JSON.stringify(about));
}
