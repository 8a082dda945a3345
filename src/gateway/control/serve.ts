import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import type { Policy } from '../config.ts';
import { carriesToken } from './token.ts';

/**
 * The gateway's admin side: HTTP on a Unix socket in a folder that only its launcher shares. No bottle has that folder,
 * and none of the bottle's sockets leads here. A process that reaches the socket all the same can do nothing without
 * the launcher's token.
 */

export interface Controls {
  /** In Prometheus' text format. */
  readonly metrics: () => string;
  /** Returns how many connections were closed, or which requirements of the policy a running bottle cannot meet. */
  readonly setPolicy: (
    policy: Policy,
  ) => { readonly closed: number } | { readonly lacking: readonly string[] };
  /**
   * Sets new values of lent secrets, by name.
   * @throws Error for a secret that is not lent
   */
  readonly setSecrets: (values: Readonly<Record<string, string>>) => void;
  /** Waits for secrets that hosts reject; see screen/rejections.ts. */
  readonly rejected: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Waits until the log cannot be written, and returns the reason. */
  readonly unwritable: (signal: AbortSignal) => Promise<string>;
}

interface Said {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

const MAX_BODY_BYTES = 4 * 1024 ** 2;
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const json = (status: number, value: unknown): Said => ({ status, body: `${JSON.stringify(value)}\n` });

interface Call {
  readonly body: string;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

type Handler = (controls: Controls, call: Call) => Said | Promise<Said>;

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /metrics': ({ metrics }) => ({ status: 200, type: METRICS_TYPE, body: metrics() }),
  'PUT /policy': ({ setPolicy }, { body }) => {
    const result = setPolicy(readPolicy(body));
    return json('closed' in result ? 200 : 409, result);
  },
  'PUT /secrets': ({ setSecrets }, { body }) => {
    setSecrets(readValues(body));
    return json(200, {});
  },
  'GET /unwritable': async ({ unwritable }, { signal }) => json(200, { reason: await unwritable(signal) }),
  'GET /rejected': async ({ rejected }, { signal }) => json(200, { secrets: await rejected(signal) }),
};

interface Served {
  readonly controls: Controls;
  /** Digest (`digestOfToken`) of the token that each request must carry. */
  readonly tokenDigest: string;
}

/** Serves until the server is closed; settles once it listens. Replaces a socket that an earlier gateway left. */
export async function serveControl(socketPath: string, served: Served): Promise<Server> {
  rmSync(socketPath, { force: true });
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(request, served, gone.signal)
      .catch((error: unknown) => json(400, { error: reasonOf(error) }))
      .then((said) => respond(response, said))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketPath, () => resolve());
  });
  return server;
}

/** Number of event loop turns to wait: Node 24 reports the end of a connection later than the last of its content. */
const TURNS_UNTIL_END = 4;

async function answer(request: IncomingMessage, served: Served, signal: AbortSignal): Promise<Said> {
  const { controls, tokenDigest } = served;
  if (!carriesToken(request.headers.authorization, tokenDigest))
    return json(403, { error: 'the token is wrong' });
  const handle = ROUTES[`${request.method} ${request.url}`];
  if (handle === undefined) return json(404, { error: 'the path is unknown' });
  const body = await bodyOf(request);
  // If a client gave up while this process was stopped or slow, the process reads the end of the connection with the
  // last of the content. That client has reported that nothing changed: so nothing may change.
  for (let count = 0; count < TURNS_UNTIL_END; count += 1) await turn();
  if (signal.aborted || request.socket.readableEnded) throw new Error('the client is gone');
  return await handle(controls, { body, signal });
}

function respond(response: ServerResponse, { status, type = 'application/json', body }: Said): void {
  response.writeHead(status, { 'Content-Type': type, Connection: 'close' }).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The launcher has made the policy canonical; this checks its outline only. */
function readPolicy(body: string): Policy {
  const { allow, deny } = objectIn(body);
  if (!Array.isArray(allow) || !Array.isArray(deny)) throw new Error('a policy needs allow and deny');
  return { allow, deny };
}

function readValues(body: string): Record<string, string> {
  const values = objectIn(body);
  if (!Object.values(values).every((value) => typeof value === 'string' && value !== ''))
    throw new Error('a secret must be a text');
  return values as Record<string, string>;
}

/** Does not quote invalid text: it may contain a secret. */
function objectIn(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return value as Readonly<Record<string, unknown>>;
}
