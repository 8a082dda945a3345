import type { Duplex } from 'node:stream';
import { Roster } from '../../tunnel/roster.ts';
import type { Wire } from '../../tunnel/wire.ts';
import { respondTo, refuseConnect, refuseForm, rawAnswer } from '../exchange/error-response.ts';
import type { ConnectRequest } from './connect.ts';
import type { HttpRequest, RequestHead, ResponseHead } from '../../message/exchange.ts';
import { judgeRequest } from '../../screen/judge.ts';
import type { Forwarder, ForwarderParts } from '../upstream/forward.ts';
import { valuesOf } from '../../message/headers.ts';
import { isHealthRequest, isWebSocket, type Entrance } from '../../message/target.ts';
import { Connection1, type Handler1 } from './h1.ts';
import type { Reply1 } from './reply1.ts';
import { endStreamWith } from '../../tunnel/last-bytes.ts';
import { writeAnswerHead } from '../h1/write.ts';
import { pour } from '../exchange/pour.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from '../websocket/pass.ts';

/** The HTTP/1.1 service for bottles. */

const CHECK_EVERY_MS = 1_000;

export interface Http1Parts extends ForwarderParts {
  readonly bottleId: string;
  readonly forwarder: Forwarder;
  /** Called for a CONNECT on a connection that has carried other requests before. The wire holds the bytes after it. */
  readonly onConnect: (request: ConnectRequest) => void;
}

export interface Http1Service {
  /** `wire`: the connection itself, where it can be given away. */
  accept(stream: Duplex, entrance: Entrance, wire?: Wire): void;
  close(): void;
}

/** Serves all HTTP/1.1 connections of one gateway's clients. */
export function createHttp1Service(parts: Http1Parts): Http1Service {
  const connections = new Roster<Connection1>();
  const leave = (connection: Connection1): void => void connections.leave(connection);
  const check = (): void => {
    const nowMs = performance.now();
    for (const connection of connections.all.slice()) connection.checkDeadline(nowMs);
  };
  setInterval(check, CHECK_EVERY_MS).unref();
  return {
    accept: (stream, entrance, wire) =>
      connections.enter(new Connection1(stream, handlerFor(parts, entrance, wire), leave)),
    close: () => {
      for (const connection of connections.all.slice()) connection.breakOff();
    },
  };
}

/** Returns the handler of one connection's requests. */
function handlerFor(parts: Http1Parts, entrance: Entrance, wire: Wire | undefined): Handler1 {
  const { gate } = parts;
  return {
    request: (request, reply) =>
      void serve({ request, reply }, entrance, parts).catch(() => reply.breakOff()),
    isLeaving: (head) => head.method === 'CONNECT' || isWebSocket(head.headers),
    leaves: (head, stream, rest) => {
      if (head.method !== 'CONNECT')
        return void upgrade({ head, stream, rest }, { ...parts, entrance }).catch(() => stream.destroy());
      if (entrance.via !== 'proxy' || wire === undefined) return refuseConnect({ gate, entrance }, stream);
      wire.hold(rest);
      parts.onConnect({ target: head.path, hosts: valuesOf(head.headers, 'host'), wire });
    },
    malformed: (reason) => refuseForm({ gate, entrance }, reason),
  };
}

async function serve(
  { request, reply }: { readonly request: HttpRequest; readonly reply: Reply1 },
  entrance: Entrance,
  { gate, screen, bottleId, forwarder }: Http1Parts,
): Promise<void> {
  if (isHealthRequest(entrance, request))
    return respondTo(reply, { status: 200, body: { bottle: bottleId, status: 'ok' } });
  const admitted = await judgeRequest(request, { gate, screen, entrance });
  if (!('passage' in admitted)) return respondTo(reply, admitted);
  const { request: screened, passage } = admitted;
  forwarder.forward({ request: screened, reply, passage, protocol: 'http/1.1' });
}

/** A request to change the protocol (RFC 9110, 7.8): to a WebSocket where a rule allows it, else never. */
interface Upgrading {
  readonly head: RequestHead;
  readonly stream: Duplex;
  /** The bytes after the head. */
  readonly rest: Buffer;
}

/** Opens a WebSocket for an HTTP/1.1 client, or answers why not. */
async function upgrade(upgrading: Upgrading, parts: WebSocketParts): Promise<void> {
  const { head } = upgrading;
  const request = { ...head, body: undefined, trailers: () => [], wantsTrailers: false };
  await passWebSocket(clientOf1(upgrading), request, parts);
}

function clientOf1({ stream, rest }: Upgrading): WebSocketClient {
  return {
    stream,
    accept: (head) => {
      stream.write(writeHead(head, ['Connection', 'Upgrade', 'Upgrade', 'websocket']));
      if (rest.length > 0) stream.unshift(rest);
    },
    passOn: (head, body) => {
      stream.write(writeHead(head, ['Connection', 'close']));
      pour(body, stream, () => stream.destroy());
      // Reads the client only to notice its end, because it has nothing more to send.
      stream.resume().once('end', () => stream.destroy());
    },
    answer: (said) => endStreamWith(stream, rawAnswer(said)),
    isGone: () => stream.destroyed,
  };
}

function writeHead(head: ResponseHead, own: readonly string[]): Buffer {
  return Buffer.from(writeAnswerHead(head, [...head.headers, ...own]), 'latin1');
}
