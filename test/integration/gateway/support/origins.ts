import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { isLetIn, serveGit } from './git-origin.ts';
import { answerFor, questionOf } from './resolver.ts';
import { halfAnswer, pausingAnswer, secureOrigins } from './secure-origins.ts';

/**
 * The servers outside: they print everything that reaches them to standard output, one line of JSON each.
 *   origins.ts FOLDER      with FOLDER/key.pem and FOLDER/cert.pem
 */

function heard(what: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const folder = process.argv[2] ?? '';

function onConnection(kind: string): (socket: Socket) => void {
  return (socket) => {
    heard({ kind, address: socket.localAddress, port: socket.localPort, from: socket.remoteAddress });
    socket.on('error', () => socket.destroy());
  };
}

/** Answers with the request that it received; the path selects the form. */
function onRequest(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://origin/');
  if (url.pathname.startsWith('/git/')) {
    heard({ kind: 'git', url: request.url, authorization: request.headers.authorization });
    if (isLetIn(request, folder)) return serveGit(request, response, folder);
    return void response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (url.pathname === '/tells')
      heard({ kind: 'came', url: request.url, text: String(Buffer.concat(chunks)) });
  });
  request.on('error', () => undefined);
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const bytes = body.length;
    const servername = (request.socket as Partial<TLSSocket>).servername;
    const { method, headers, rawHeaders } = request;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const { host } = headers;
    heard({ kind: 'request', method, url: request.url, host, servername, bytes, sha256, rawHeaders });
    if (url.pathname === '/big') return void response.end(Buffer.alloc(Number(url.search.slice(1)), 'x'));
    if (url.pathname === '/chunked') {
      response.writeHead(200, { Trailer: 'X-Sum', 'X-Odd': ['1', '2'], 'Keep-Alive': 'timeout=9' });
      for (let part = 0; part < 10; part += 1) response.write('chunk\n');
      return void response.end();
    }
    if (url.pathname === '/cut') {
      response.writeHead(200, { 'Content-Length': '100' });
      return void response.write('half', () => request.socket.destroy());
    }
    if (url.pathname === '/never') return;
    if (url.pathname === '/fresh') {
      const isFresh = headers.authorization === `Bearer ${url.search.slice(1)}-value-of-the-key`;
      return void response.writeHead(isFresh ? 200 : 401).end(isFresh ? 'fresh' : 'stale');
    }
    if (url.pathname === '/half') return halfAnswer(response);
    if (url.pathname === '/pauses') return pausingAnswer(response);
    if (url.pathname === '/echo') {
      const { 'content-type': type = '', 'x-coding': coding } = headers;
      const coded = coding === 'gzip' ? { 'Content-Encoding': 'gzip' } : {};
      const said = coding === 'gzip' ? gzipSync(body) : body;
      return void response.writeHead(200, { 'Content-Type': type, ...coded }).end(said);
    }
    const about = JSON.stringify({
      method,
      url: request.url,
      host: headers.host,
      servername,
      bytes,
      rawHeaders,
    });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(about);
  });
}

const http = createHttpServer(onRequest).on('connection', onConnection('http'));
const https = createHttpsServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) },
  onRequest,
).on('connection', onConnection('https'));

/** Speaks first, then echoes its input; half-closes when its peer does. */
const echo = createTcpServer({ allowHalfOpen: true }, (socket) => {
  onConnection('echo')(socket);
  socket.write('hello\n');
  socket.pipe(socket);
});

/** Counts its input, and sends the number of bytes once the peer has ended. */
const sink = createTcpServer({ allowHalfOpen: true }, (socket) => {
  onConnection('sink')(socket);
  let count = 0;
  socket.on('data', (chunk: Buffer) => (count += chunk.length));
  socket.on('end', () => socket.end(`${count}\n`));
});

const reset = createTcpServer((socket) => {
  onConnection('reset')(socket);
  socket.once('data', () => socket.resetAndDestroy());
});

/** Sends its output and ends at once, but continues to listen. */
const lastWord = createTcpServer({ allowHalfOpen: true }, (socket) => {
  onConnection('lastWord')(socket);
  let count = 0;
  socket.on('data', (chunk: Buffer) => (count += chunk.length));
  socket.on('end', () => heard({ kind: 'late', bytes: count }));
  socket.end('bye\n');
});

/** Sends more than anybody can read, and reports how it ended. */
const flood = createTcpServer((socket) => {
  onConnection('flood')(socket);
  const chunk = Buffer.alloc(1 << 20);
  const more = (): void => {
    while (socket.write(chunk));
  };
  socket.on('drain', more);
  socket.on('error', (error: NodeJS.ErrnoException) => heard({ kind: 'broken', code: error.code }));
  more();
});

/** A server that does not read content: it takes the bytes after a head as the next head, whatever the head says. */
const deaf = createTcpServer((socket) => {
  onConnection('deaf')(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    const heads = (text + chunk.toString('latin1')).split('\r\n\r\n');
    text = heads.pop() ?? '';
    for (const head of heads) {
      const url = head.split(' ')[1] ?? '';
      heard({ kind: 'head', url, head, from: socket.remotePort });
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${url.length}\r\n\r\n${url}`);
    }
  });
});

const servers = [
  [http, 80],
  [createHttpServer(onRequest).on('connection', onConnection('http')), 8080],
  [https, 443],
  [echo, 2222],
  [sink, 2223],
  [reset, 2224],
  [lastWord, 2225],
  [flood, 2226],
  [deaf, 2227],
  ...secureOrigins({ folder, heard, onRequest }),
] as const;

const dns = createSocket('udp4');
dns.on('message', (message, from) => {
  const question = questionOf(message);
  heard({ kind: 'dns', name: question.name, type: question.type, from: from.address });
  dns.send(answerFor(message, question), from.port, from.address);
});

/** Only receives; nothing answers. */
const datagrams = [9, 123].map((port) => {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (message) => heard({ kind: 'datagram', port, text: message.toString() }));
  return [socket, port] as const;
});

const waiting = [
  ...servers.map(([server, port]) => new Promise<void>((done) => server.listen(port, '::', done))),
  new Promise<void>((done) => dns.bind(53, '0.0.0.0', done)),
  ...datagrams.map(([socket, port]) => new Promise<void>((done) => socket.bind(port, '0.0.0.0', done))),
];
await Promise.all(waiting);
heard({ kind: 'ready' });
process.stdin.resume().on('end', () => process.kill(process.pid));
