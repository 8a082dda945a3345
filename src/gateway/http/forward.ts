import { Agent, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { reasonOf } from '../../errors.ts';
import { dialHttp } from '../outward/dial.ts';
import type { Passage, Route } from '../gate.ts';
import { respond, upstreamFailed } from './answer.ts';
import { endToEnd, hasContent, valuesOf } from './headers.ts';

/** One allowed request, carried to its host and its response back, streaming both ways. */

/** Below the five seconds after which common servers close an idle connection, so that few requests meet a closed one. */
const IDLE_MS = 4_000;
const MAX_RESPONSE_HEAD_BYTES = 65_536;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly passage: Passage;
  /** With its query, as sent. */
  readonly path: string;
}

export interface Forwarder {
  forward(exchange: Exchange): void;
  close(): void;
}

interface DialOptions {
  readonly passage: Passage;
}

interface Agents {
  readonly kept: Agent;
  readonly once: Agent;
}

/**
 * Connections are kept and used again for the same host, port and route only; never after content: to a server that did
 * not read it, that is the next request, and its answer would be taken for somebody else's.
 */
export function createForwarder(): Forwarder {
  const kept = diallingAgent(new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64 }));
  const once = diallingAgent(new Agent({ keepAlive: false }));
  return {
    forward: (exchange) => send(exchange, { kept, once }),
    close: () => [kept, once].forEach((agent) => agent.destroy()),
  };
}

function diallingAgent(agent: Agent): Agent {
  agent.getName = (options) => poolKey((options as unknown as DialOptions).passage);
  const dialling = agent as unknown as { createConnection: typeof createConnection };
  dialling.createConnection = createConnection;
  return agent;
}

function poolKey({ asked, route }: Passage): string {
  const through = route.kind === 'proxy' ? `${route.proxy.host}:${route.proxy.port}` : route.addresses.join();
  return `${asked.host}:${asked.port} ${through}`;
}

function createConnection(
  { passage }: DialOptions,
  done: (error: Error | null, socket?: Socket) => void,
): undefined {
  dialHttp(passage.route, passage.asked).then(
    (socket) => done(null, socket),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
}

function send(exchange: Exchange, agents: Agents): void {
  const { incoming, response, passage, path } = exchange;
  const authority = authorityOf(passage);
  const hasBody = hasContent(incoming.rawHeaders);
  const options = {
    agent: hasBody ? agents.once : agents.kept,
    passage,
    method: incoming.method ?? 'GET',
    path: passage.route.kind === 'proxy' ? `http://${authority}${path}` : path,
    headers: requestHeaders(incoming, authority, passage.route),
    setHost: false,
    maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
  };
  const outgoing = request(options as unknown as Parameters<typeof request>[0]);
  outgoing.once('response', (answer) => sendBack(exchange, answer));
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent || response.destroyed) return void response.destroy();
    // The host closed a kept connection just as it was used again.
    if (outgoing.reusedSocket && !hasBody && SAFE_TO_REPEAT.has(options.method))
      return send(exchange, agents);
    answerFailure(exchange, reasonOf(error));
  });
  response.once('close', () => {
    const reason = response.writableFinished ? 'closed' : 'broke off';
    passage.end({ bytes: bytesOf(outgoing), reason });
    if (!response.writableFinished) outgoing.destroy();
  });
  if (hasBody) pipeline(incoming, outgoing, () => undefined);
  else outgoing.end();
}

/** Headers included, on either side of the connection to the host; less what earlier requests used of it. */
const counted = new WeakMap<Socket, number>();
function bytesOf({ socket }: ClientRequest): number {
  if (socket === null) return 0;
  const total = socket.bytesRead + socket.bytesWritten;
  const before = counted.get(socket) ?? 0;
  counted.set(socket, total);
  return total - before;
}

function authorityOf({ asked }: Passage): string {
  const host = asked.host.includes(':') ? `[${asked.host}]` : asked.host;
  return asked.port === 80 ? host : `${host}:${asked.port}`;
}

function requestHeaders({ rawHeaders }: IncomingMessage, authority: string, route: Route): string[] {
  const headers = ['Host', authority, ...endToEnd(rawHeaders, ['host', 'expect'])];
  if (valuesOf(rawHeaders, 'transfer-encoding').length > 0) headers.push('Transfer-Encoding', 'chunked');
  if (route.kind === 'proxy' && route.proxy.authorization !== undefined) {
    headers.push('Proxy-Authorization', route.proxy.authorization);
  }
  return headers;
}

function sendBack(exchange: Exchange, answer: IncomingMessage): void {
  const { response, passage } = exchange;
  if (answer.statusCode === 407 && passage.route.kind === 'proxy') {
    // The client could do nothing about it: it is not its proxy.
    answer.destroy();
    const { host, port } = passage.route.proxy;
    return answerFailure(exchange, `the proxy ${host}:${port} answered 407 (credentials in HTTPS_PROXY)`);
  }
  try {
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
  } catch (error) {
    answer.destroy();
    return answerFailure(exchange, reasonOf(error));
  }
  pipeline(answer, response, (error) => {
    if (error) response.destroy();
  });
}

function answerFailure({ response, passage }: Exchange, reason: string): void {
  passage.end({ bytes: 0, reason });
  respond(response, upstreamFailed(passage.asked, reason));
}
