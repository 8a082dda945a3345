import { createServer, type ServerHttp2Stream } from 'node:http2';
import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Passage } from '../../gate/gate.ts';
import type { HttpRequest, HttpResponse, Sent } from '../../message/exchange.ts';
import { createSessions, type Sessions, type RequestOrigin } from './sessions.ts';

/** An upstream that is Node's own HTTP/2 server, in memory. */

/** A passage that is never revoked. */
export const PASSAGE = {
  asked: { scheme: 'https', host: 'a.test', port: 443 },
  route: { kind: 'direct', addresses: ['192.0.2.1'] },
  revocation: { revoked: () => undefined },
} as unknown as Passage;
export const ORIGIN: RequestOrigin = { passage: PASSAGE, isWanted: () => true };
const LIMIT_MS = 1_000;

export interface Fickle extends RequestOrigin {
  /** Revokes the passage or ends the client. */
  readonly end: () => void;
}

/** Reasons why a request need not be sent any more. */
export const ENDS = {
  'its client left': { revoked: undefined, isWanted: false, reason: 'the client left' },
  'its passage was revoked': { revoked: 'the rule is gone', isWanted: true, reason: 'the rule is gone' },
} as const;

/** Returns an origin that can end. */
export function fickle({
  revoked,
  isWanted,
}: {
  readonly revoked: string | undefined;
  readonly isWanted: boolean;
}): Fickle {
  let isOver = false;
  const revocation = { revoked: () => (isOver ? revoked : undefined) };
  return {
    passage: { ...PASSAGE, revocation } as unknown as Passage,
    isWanted: () => !isOver || isWanted,
    end: () => (isOver = true),
  };
}

/** Returns a request for this path. */
export const outbound = (path: string, body?: Uint8Array): HttpRequest => ({
  method: body === undefined ? 'GET' : 'POST',
  path,
  headers: ['Host', 'a.test'],
  body,
  trailers: () => [],
  wantsTrailers: false,
});

export interface Upstream {
  readonly sessions: Sessions;
  readonly dials: () => number;
  /** Requests sent over HTTP/1.1 instead, all answered with 203. */
  readonly old: readonly HttpRequest[];
}

export interface Behaviour {
  readonly settings?: { readonly maxConcurrentStreams: number };
  /** The protocol of each connection. */
  readonly alpn?: () => string;
  /** How long a request waits for room, in milliseconds. */
  readonly limitMs?: number;
  /** Called when a connection is made, before its use. It may throw. */
  readonly dialled?: (passage: Passage) => void;
  /** The first connection gets these bytes and nothing else. */
  readonly first?: Buffer;
  /** `count`: all streams so far, from 1. */
  readonly serve: (stream: ServerHttp2Stream, path: string, count: number) => void;
}

/** Returns sessions with such an upstream alone. */
export function upstream(behaviour: Behaviour): Upstream {
  const {
    settings = { maxConcurrentStreams: 100 },
    alpn = () => 'h2',
    limitMs = LIMIT_MS,
    first,
    serve,
  } = behaviour;
  let [dials, count] = [0, 0];
  const server = createServer({ settings });
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, head) => {
    stream.on('error', () => undefined);
    serve(stream, String(head[':path']), ++count);
  });
  const dial = async (passage: Passage): Promise<TLSSocket> => {
    dials += 1;
    const [near, far] = duplexPair();
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    if (first !== undefined && dials === 1) far.resume().once('data', () => far.write(first));
    else server.emit('connection', far);
    await turn();
    behaviour.dialled?.(passage);
    return Object.assign(near, { alpnProtocol: alpn() }) as unknown as TLSSocket;
  };
  const old: HttpRequest[] = [];
  const sendOld = (said: HttpRequest): Sent => {
    old.push(said);
    const answered = {
      status: 203,
      statusMessage: '',
      headers: [],
      body: Buffer.alloc(0),
      trailers: () => [],
    };
    return {
      answered: Promise.resolve(answered),
      traffic: () => ({ up: 0, down: 0 }),
      abandon: () => undefined,
    };
  };
  return { sessions: createSessions(dial, limitMs, sendOld), dials: () => dials, old };
}

/** Sends a whole answer. */
export const answer = (stream: ServerHttp2Stream, text: string): void => {
  stream.respond({ ':status': 200 });
  stream.end(text);
};

/** Sends a request that is wanted to the end. @throws Error when it fails */
export async function ask({ sessions }: Upstream, path: string, body?: Uint8Array): Promise<HttpResponse> {
  const sent = await sessions.send(outbound(path, body), ORIGIN);
  if (sent === undefined) throw new Error('it does not speak HTTP/2');
  return await sent.answered;
}
