import type { TLSSocket } from 'node:tls';
import { respondTo, refuseForm } from '../exchange/error-response.ts';
import type { Forwarder, ForwarderParts } from '../upstream/forward.ts';
import { Connection } from '../h2/connection.ts';
import type { RequestHead2 } from '../h2/fields.ts';
import type { Stream } from '../h2/stream.ts';
import { valuesOf, endToEnd, type RawHeaders } from '../../message/headers.ts';
import type { Entrance } from '../../message/target.ts';
import { judgeRequest } from '../../screen/judge.ts';
import { replyOf2, requestOf2, headOf2 } from './h2.ts';
import { duplexOf } from '../h2/content.ts';
import { pour } from '../exchange/pour.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from '../websocket/pass.ts';

/**
 * HTTP/2 inside opened TLS. It cannot express requests that two servers read in different ways, except for some, which
 * are refused.
 */

const IDLE_MS = 300_000;

export interface Http2Service {
  accept(secure: TLSSocket, entrance: Entrance): void;
  close(): void;
}

export interface Http2Parts extends ForwarderParts {
  readonly forwarder: Forwarder;
}

/** Makes the service that accepts HTTP/2 connections. */
export function createHttp2Service(parts: Http2Parts): Http2Service {
  const { gate } = parts;
  const connections = new Set<Connection>();
  return {
    accept: (secure, entrance) => {
      const answering = { ...parts, entrance };
      const connection: Connection = new Connection(
        secure,
        { isServer: true, idleMs: IDLE_MS },
        {
          asked: (stream) => serve(stream, answering),
          faulted: (reason) => refuseForm({ gate, entrance }, `malformed HTTP/2: ${reason}`),
          left: () => undefined,
        },
      );
      connections.add(connection);
      secure.once('close', () => connections.delete(connection));
    },
    close: () => {
      for (const connection of connections) connection.destroy();
    },
  };
}

function serve(stream: Stream, answering: Answering): void {
  const { request } = stream;
  if (request === undefined || !meetsExpectation(stream, request, answering)) return;
  const served = wantsWebSocket(request)
    ? openWebSocket2(stream, request, answering)
    : answer(stream, request, answering);
  served.catch(() => stream.reset('internalError'));
}

interface Answering extends Http2Parts {
  readonly entrance: Entrance;
}

async function answer(
  stream: Stream,
  request: RequestHead2,
  { gate, screen, entrance, forwarder }: Answering,
): Promise<void> {
  const reply = replyOf2(stream);
  const admitted = await judgeRequest(requestOf2(stream, request), { gate, screen, entrance });
  if (!('passage' in admitted)) {
    respondTo(reply, admitted);
    return stream.discard();
  }
  // The client cancelled the request during its judgement, so the gateway does not contact the host (CVE-2023-44487).
  if (stream.isClosed) return admitted.passage.end({ bytes: 0, reason: 'the client left' });
  const { request: screened, passage } = admitted;
  forwarder.forward({ request: screened, reply, passage, protocol: 'h2' });
}

/**
 * Handles Expect. 100-continue is the only defined expectation (RFC 9110, 10.1.1). The gateway answers at once, because
 * it inspects the content itself.
 */
function meetsExpectation(
  stream: Stream,
  { headers }: RequestHead2,
  refusing: Parameters<typeof refuseForm>[0],
): boolean {
  const expected = valuesOf(headers, 'expect');
  if (expected.length === 0) return true;
  if (expected.every((value) => value.toLowerCase() === '100-continue')) {
    if (!stream.incoming.isEnded) stream.sendInterim(100);
    return true;
  }
  refuseForm(refusing, 'the request has an unknown expectation');
  stream.sendHead([':status', '417'], true);
  return false;
}

/**
 * Returns whether a request asks for a WebSocket (RFC 8441): a CONNECT that names the protocol. Its frames are content.
 */
function wantsWebSocket({ protocol }: RequestHead2): boolean {
  return protocol === 'websocket';
}

/** Opens a WebSocket for one stream, or answers why not. Rules and hosts see it as a GET, as in HTTP/1.1. */
async function openWebSocket2(stream: Stream, request: RequestHead2, parts: WebSocketParts): Promise<void> {
  const asGet = { ...headOf2(request), method: 'GET', body: undefined, trailers: () => [] };
  await passWebSocket(clientOf2(stream), asGet, parts);
}

/** Removes the headers that only HTTP/1.1 has (RFC 8441, 5). */
const withoutHandshake = (headers: RawHeaders): RawHeaders => endToEnd(headers, ['sec-websocket-accept']);

function clientOf2(stream: Stream): WebSocketClient {
  const reply = replyOf2(stream);
  return {
    stream: duplexOf(stream),
    accept: ({ headers }) => stream.sendHead([':status', '200', ...withoutHandshake(headers)]),
    passOn: (head, body) => {
      stream.discard();
      pour(body, reply.begin(head), () => reply.breakOff());
    },
    answer: (said) => {
      stream.discard();
      respondTo(reply, said);
    },
    isGone: reply.hasBegun,
  };
}
