import { Resolver } from 'node:dns/promises';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Http2, Redirected, Sending, Stream } from './row.ts';

/**
 * Runs inside the bottle: sends each `Sending` from its standard input in order. Before each it sends a CONNECT to a
 * name that contains the number of the `Sending`, so that the log shows which decisions belong to it. Prints one line
 * with the answer to each.
 *   node send.mjs [GATEWAY] < SENDINGS.json      default: as HTTPS_PROXY says
 */

// oxlint-disable-next-line node/no-process-env
const [, , gateway = new URL(process.env['HTTPS_PROXY'] ?? '').hostname] = process.argv;
/** Timeouts in milliseconds: for an answer, and for more of an answer that has begun. */
const [DEADLINE_MS, QUIET_MS] = [4_000, 300];

/** Returns the answer up to its end, or until no more data follows the first. */
function answerOf(socket: Socket, isWhole: (bytes: Buffer) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const finish = (): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
      resolve(bytes.toString('latin1'));
    };
    let timer = setTimeout(finish, DEADLINE_MS);
    socket
      .on('error', () => socket.destroy())
      .on('end', finish)
      .on('close', finish);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (isWhole(bytes)) return finish();
      clearTimeout(timer);
      timer = setTimeout(finish, QUIET_MS);
    });
  });
}

/** Sockets to close at the end. */
const live = new Set<Socket>();

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: gateway, port, noDelay: true, allowHalfOpen: true });
    live.add(socket);
    socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
  });

const hasHead = (bytes: Buffer): boolean => bytes.includes('\r\n\r\n');

/** Opens a tunnel; returns its socket, or the answer that refused it. */
async function tunnel(target: string, headers = `Host: ${target}\r\n`): Promise<Socket | string> {
  const socket = await opened(3128);
  socket.write(Buffer.from(`CONNECT ${target} HTTP/1.1\r\n${headers}\r\n`, 'latin1'));
  const answer = await answerOf(socket, hasHead);
  if (answer.startsWith('HTTP/1.1 200')) return socket;
  socket.destroy();
  return answer;
}

function secured(socket: Socket, { sni, alpn }: NonNullable<Stream['tls']>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({
      socket,
      rejectUnauthorized: false, // the sender does not judge: the log and the canary do
      ...(sni === undefined ? {} : { servername: sni }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    });
    tls.once('error', reject).once('close', () => reject(new Error('closed')));
    tls.once('secureConnect', () => resolve(tls.off('error', reject)));
  });
}

async function connected({ port, connect: target, connectHeaders, tls }: Stream): Promise<Socket | string> {
  const socket = target === undefined ? await opened(port) : await tunnel(target, connectHeaders);
  return typeof socket === 'string' || tls === undefined ? socket : await secured(socket, tls);
}

async function sendStream(stream: Stream): Promise<string> {
  const socket = await connected(stream);
  if (typeof socket === 'string') return socket;
  const answer = answerOf(socket, stream.streams === undefined ? undefined : endsAll(stream.streams));
  for (const [index, part] of stream.parts.entries()) {
    if (index > 0) await new Promise((done) => setTimeout(done, 20));
    if (socket.writable) socket.write(Buffer.from(part, 'latin1'));
  }
  const text = await answer;
  socket.destroy();
  return text;
}

const [HEADERS, DATA, RESET, GOAWAY, END_STREAM] = [1, 0, 3, 7, 1];

/** Returns whether these frames end all of these streams. */
function endsAll(streams: readonly number[]): (bytes: Buffer) => boolean {
  return (bytes) => {
    const left = new Set(streams);
    for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
      const [type, flags, stream] = [bytes[at + 3], bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5)];
      if (type === GOAWAY) return true;
      if (type === RESET || ((type === HEADERS || type === DATA) && (flags & END_STREAM) !== 0))
        left.delete(stream);
    }
    return left.size === 0;
  };
}

async function sendHttp2({ host, requests }: Http2): Promise<string> {
  const socket = await connected({
    kind: 'stream',
    port: 3128,
    connect: `${host}:443`,
    tls: { sni: host, alpn: ['h2'] },
    parts: [],
  });
  if (typeof socket === 'string') return socket;
  const session = connectHttp2(`https://${host}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  const all = requests.map(async ({ headers, body, trailers }) => {
    const stream = session.request(headers as OutgoingHttpHeaders, {
      endStream: body === undefined && trailers === undefined,
      waitForTrailers: trailers !== undefined,
    });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    if (body !== undefined || trailers !== undefined) stream.end(Buffer.from(body ?? '', 'latin1'));
    return await new Promise<string>((resolve) => {
      let status = '';
      stream.once('response', (answered) => (status = String(answered[':status'])));
      stream.on('data', () => undefined).on('error', (error) => (status = error.message));
      stream.once('close', () => resolve(status));
    });
  });
  const statuses = await Promise.all(all);
  session.destroy();
  return statuses.join(' ');
}

async function follow({ first }: Redirected): Promise<string> {
  const answer = await sendStream(first);
  const location = new URL(/^location: (.*)$/im.exec(answer)?.[1]?.trim() ?? 'about:blank');
  if (location.protocol === 'https:') {
    const next = await tunnel(`${location.hostname}:${location.port || '443'}`);
    return typeof next === 'string' ? next : 'a tunnel';
  }
  const { host, pathname } = location;
  const text = `GET http://${host}${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return await sendStream({ kind: 'stream', port: 3128, parts: [text] });
}

async function send(sending: Sending): Promise<string> {
  switch (sending.kind) {
    case 'stream':
      return await sendStream(sending);
    case 'http2':
      return await sendHttp2(sending);
    case 'redirected':
      return await follow(sending);
    case 'dns': {
      const resolver = new Resolver({ timeout: 2_000, tries: 1 });
      resolver.setServers([gateway]);
      return JSON.stringify(await resolver.resolve(sending.name, sending.type));
    }
  }
}

let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk as string;
for (const [index, sending] of (JSON.parse(text) as Sending[]).entries()) {
  await tunnel(`row-${index}.marker.test:9`);
  const answer = await send(sending).catch((error: Error) => error.message);
  process.stdout.write(`${JSON.stringify(answer.slice(0, 600).replace(/[^\r\n -~]/g, '.'))}\n`);
}
for (const socket of live) socket.destroy();
