import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
import type { Passage } from '../../gate.ts';
import type { Answered, Outbound, Sent, Traffic } from '../exchange.ts';
import { pairsOf, trailersOf, valuesOf, type RawHeaders } from '../headers.ts';
import { pour } from '../pour.ts';

/** A host that speaks HTTP/1.1, by Node's client. */

/** Below the five seconds after which common servers close an idle connection, so that few requests meet a closed one. */
const IDLE_MS = 4_000;
const MAX_RESPONSE_HEAD_BYTES = 65_536;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Client1 {
  send(outbound: Outbound, passage: Passage): Sent;
  /** Closes the connections that are kept for later. */
  dropIdle(): void;
  close(): void;
}

export type Dial = (passage: Passage) => Promise<Duplex>;

/**
 * Connections are kept and used again for the same host, port and route only; after content only where no rule says which
 * requests may follow: see policy/decide.ts.
 */
export function createClient1(dial: Dial): Client1 {
  const kept = diallingAgent(new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64 }), dial);
  const once = diallingAgent(new Agent({ keepAlive: false }), dial);
  const send = (outbound: Outbound, passage: Passage): Sent => {
    const mayKeep = outbound.body === undefined || passage.mayFollowContent;
    return sendOver(mayKeep ? kept : once, outbound, passage);
  };
  const dropIdle = (): void => {
    for (const socket of Object.values(kept.freeSockets).flat()) socket?.destroy();
  };
  return { send, dropIdle, close: () => [kept, once].forEach((agent) => agent.destroy()) };
}

interface DialOptions {
  readonly passage: Passage;
}

function diallingAgent(agent: Agent, dial: Dial): Agent {
  agent.getName = (options) => poolKey((options as unknown as DialOptions).passage);
  const createConnection = (
    { passage }: DialOptions,
    done: (error: Error | null, stream?: Duplex) => void,
  ): undefined => {
    dial(passage).then(
      (stream) => done(null, stream),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  };
  Object.assign(agent, { createConnection });
  return agent;
}

/** Connections of one key lead to the same place in the same way. */
export function poolKey({ asked, route }: Passage): string {
  const through = route.kind === 'proxy' ? `${route.proxy.host}:${route.proxy.port}` : route.addresses.join();
  return `${asked.scheme} ${asked.host}:${asked.port} ${through}`;
}

function sendOver(agent: Agent, outbound: Outbound, passage: Passage): Sent {
  const { method, path, body } = outbound;
  const options = {
    agent,
    passage,
    method,
    path,
    headers: framed(outbound),
    setHost: false,
    maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
  };
  let outgoing = request(options as unknown as Parameters<typeof request>[0]);
  const answered = new Promise<Answered>((resolve, reject) => {
    const listen = (): void => {
      outgoing.once('response', (answer) => resolve(answeredOf(answer)));
      outgoing.on('error', (error) => {
        // The host closed a kept connection just as it was used again.
        const isStale = outgoing.reusedSocket && body === undefined && SAFE_TO_REPEAT.has(method);
        if (!isStale) return reject(error);
        outgoing = request(options as unknown as Parameters<typeof request>[0]);
        listen();
        outgoing.end();
      });
    };
    listen();
    // Node would only say that the socket hung up.
    if (body instanceof Readable) body.once('error', reject);
  });
  if (body === undefined || body instanceof Uint8Array) {
    if (body !== undefined) addTrailers(outgoing, outbound);
    outgoing.end(body);
  } else {
    // The client's trailers are known once its body has ended, which is before the request's end is written.
    body.once('end', () => addTrailers(outgoing, outbound));
    pour(body, outgoing, () => undefined);
  }
  return { answered, traffic: () => trafficOf(outgoing.socket), abandon: () => void outgoing.destroy() };
}

/** Content of no known length goes in chunks, which HTTP/2 does not have. */
function framed({ headers, body }: Outbound): RawHeaders {
  const isFramed = body === undefined || valuesOf(headers, 'content-length').length > 0;
  return isFramed ? headers : [...headers, 'Transfer-Encoding', 'chunked'];
}

function addTrailers(outgoing: ClientRequest, { trailers }: Outbound): void {
  const found = trailersOf(trailers());
  if (found.length > 0) outgoing.addTrailers(pairsOf(found));
}

function answeredOf(answer: IncomingMessage): Answered {
  return {
    status: answer.statusCode ?? 502,
    statusMessage: answer.statusMessage,
    headers: answer.rawHeaders,
    body: answer,
    trailers: () => answer.rawTrailers,
  };
}

/** Headers included, on either side of the connection to the host; less what earlier requests used of it. */
const counted = new WeakMap<Duplex, Traffic>();

interface Counting extends Duplex {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

function trafficOf(socket: Duplex | null): Traffic {
  if (socket === null) return { up: 0, down: 0 };
  const { bytesRead, bytesWritten } = socket as Counting;
  const before = counted.get(socket) ?? { up: 0, down: 0 };
  counted.set(socket, { up: bytesWritten, down: bytesRead });
  return { up: bytesWritten - before.up, down: bytesRead - before.down };
}
