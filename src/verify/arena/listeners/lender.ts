import type { Server as HttpsServer } from 'node:https';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { createAuthority, type Authority } from '../../../gateway/tls/authority/authority.ts';
import { makeNonce, openEars, type Ears } from '../nonce.ts';
import { redirectAt } from './redirects.ts';
import { ARENA_NAMES } from '../targets.ts';

/**
 * TLS hosts for the secret that the gateway lends: at one, every request must bear the secret in one header; at the
 * other, none may. They send back what they received, in the ways in which a service may do so by mistake.
 */
export interface Lender extends AsyncDisposable, Pick<Ears, 'heard' | 'messages'> {
  readonly port: number;
}

/** The header for the secret. A request to `LENT_PATH` counts as heard only if it bore the secret. */
export const SLOT = 'x-api-key';
const LENT_PATH = '/lent/';
const ECHO_PATH = '/echo/';
const MAX_BODY_BYTES = 64 * 1024;

/** Creates the authority for these hosts: the launcher's host must trust its certificate. */
export const createVoucher = (): Authority =>
  createAuthority(`arena ${makeNonce()}`, {
    names: [ARENA_NAMES.lends, ARENA_NAMES.opened, ARENA_NAMES.looked],
    addresses: [],
  });

/** Opens it on every IPv4 address of this host. It records words anywhere except in the slot for the secret. */
export async function openLender(voucher: Authority, secret: string): Promise<Lender> {
  const ears = openEars();
  const server = createServer({
    SNICallback: (name, settle) => {
      const { certificate, key } = voucher.issue(
        name === ARENA_NAMES.opened ? ARENA_NAMES.opened : ARENA_NAMES.lends,
      );
      settle(null, createSecureContext({ cert: certificate, key }));
    },
  });
  server.on('request', (request, response) => {
    // A bottle can send anything: a request that cannot be answered is closed, and the host stays up.
    answer({ request, response, secret, ears }).catch(() => response.destroy());
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard: ears.heard,
    messages: ears.messages,
    [Symbol.asyncDispose]: async () => await close(server, sockets),
  };
}

async function close(server: HttpsServer, sockets: ReadonlySet<Duplex>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly secret: string;
  readonly ears: Ears;
}

async function answer({ request, response, secret, ears }: Exchange): Promise<void> {
  const { method = '', url = '', headers, rawHeaders } = request;
  const body = await textOf(request);
  const host = (headers.host ?? '').split(':')[0] ?? '';
  const isLent = host === ARENA_NAMES.lends && headers[SLOT] === secret;
  const around = isLent ? without(rawHeaders, secret) : rawHeaders.join('\n');
  // Words of a request to /lent/ count only with the secret: lending it proves that the way is open.
  if (isLent || !url.startsWith(LENT_PATH))
    ears.begin(`tls at ${host}`)(`${method} ${url}\n${around}\n${body}`);
  const redirect = redirectAt(url);
  if (redirect !== undefined) return void response.writeHead(redirect.status, [...redirect.header]).end();
  if (method === 'TRACE') return void response.end(rawHeaders.join('\n'));
  const echo = echoAt(url);
  if (echo === undefined) return void response.end('heard\n');
  echo(String(headers[SLOT]), response);
}

function echoAt(url: string): Echo | undefined {
  const name = url.startsWith(ECHO_PATH) ? url.slice(ECHO_PATH.length) : '';
  return Object.hasOwn(ECHOES, name) ? ECHOES[name] : undefined;
}

/** Removes the first occurrence: the slot is the only place where the secret may be, once. */
function without(rawHeaders: readonly string[], secret: string): string {
  const at = rawHeaders.indexOf(secret);
  return rawHeaders.filter((_, index) => index !== at).join('\n');
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of request) if (text.length < MAX_BODY_BYTES) text += String(chunk);
  } catch {
    // aborted: keeps what came
  }
  return text;
}

type Echo = (key: string, response: ServerResponse) => void;

/** Ways in which a service may send back what it received; each name is the end of a path. */
const ECHOES: Readonly<Record<string, Echo>> = {
  body: (key, response) => response.end(`before ${key} behind`),
  json: (key, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ key }));
  },
  header: (key, response) => response.writeHead(200, { 'x-your-key': `it is ${key}` }).end(),
  cookie: (key, response) => response.writeHead(200, { 'set-cookie': `key=${key}; Path=/` }).end(),
  redirect: (key, response) =>
    response.writeHead(302, { location: `https://${ARENA_NAMES.opened}/?key=${key}` }).end(),
  error: (key, response) =>
    response.writeHead(403, { 'www-authenticate': `Bearer error="${key}"` }).end(`bad key ${key}`),
  status: (key, response) => response.writeHead(400, `bad key ${key}`).end(),
  event: (key, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`event: key\ndata: ${JSON.stringify({ key })}\n\n`);
  },
  trailer: (key, response) => {
    response.writeHead(200, { trailer: 'x-your-key' });
    response.write('behind\n');
    response.addTrailers({ 'x-your-key': key });
    response.end();
  },
  base64: (key, response) => response.end(Buffer.from(`:${key}`).toString('base64')),
  hex: (key, response) => response.end(Buffer.from(key).toString('hex')),
  gzip: (key, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    response.end(gzipSync(`before ${key} behind`));
  },
  chunks: (key, response) => void inPieces(response, key.match(/.{1,5}/g) ?? []),
};

async function inPieces(response: ServerResponse, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
}
