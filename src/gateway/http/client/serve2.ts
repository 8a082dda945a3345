import {
  constants,
  createServer,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { DialTls } from '../../outward/dialTls.ts';
import type { Gate } from '../../gate.ts';
import type { Screen } from '../../screen/screen.ts';
import { admit } from '../admit.ts';
import { respondTo } from '../answer.ts';
import type { Forwarder } from '../forward.ts';
import type { RawHeaders } from '../headers.ts';
import type { Entrance } from '../target.ts';
import { inboundOf2, replyOf2, type StreamHead } from './h2.ts';
import { targetOf2 } from './target2.ts';
import { openWebSocket2, wantsWebSocket } from './websocket2.ts';

/** HTTP/2 inside opened TLS. What makes two servers read two requests of one cannot be said in it; what can, is refused. */

const LIMITS = {
  /** Streams of one connection at a time. */
  maxConcurrentStreams: 128,
  maxHeaderListSize: 32_768,
  initialWindowSize: 512 * 1024,
} as const;
const SESSION_WINDOW_BYTES = 2 * 1024 ** 2;
const IDLE_MS = 300_000;

export interface Http2Service {
  accept(secure: TLSSocket, entrance: Entrance): void;
  close(): void;
}

export interface Http2Parts {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly dialTls: DialTls;
  readonly forwarder: Forwarder;
}

/** Node's HTTP/2 server without a socket of its own. */
export function createHttp2Service({ gate, screen, dialTls, forwarder }: Http2Parts): Http2Service {
  const server = createServer({
    settings: { ...LIMITS, enablePush: false, enableConnectProtocol: true },
    maxSessionMemory: 16,
    maxHeaderListPairs: 256,
    maxSendHeaderBlockLength: 65_536,
  });
  const sessions = new Set<ServerHttp2Session>();
  const entrances = new WeakMap<Http2Session, Entrance>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    closeWhenIdle(session);
  });
  server.on('sessionError', () => undefined); // the session ends by itself

  const serve = async (stream: ServerHttp2Stream, head: StreamHead): Promise<void> => {
    const entrance = stream.session === undefined ? undefined : entrances.get(stream.session);
    if (entrance === undefined) return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (wantsWebSocket(head)) return await openWebSocket2(stream, head, { gate, screen, dialTls, entrance });
    const reply = replyOf2(stream);
    const inbound = inboundOf2(stream, head);
    const context = { gate, screen, entrance };
    const admitted = await admit(inbound, targetOf2(inbound, head, entrance), context);
    if ('passage' in admitted) forwarder.forward({ ...admitted, reply, protocol: 'h2' });
    else respondTo(reply, admitted);
  };

  // The fourth of its arguments has the headers as they were sent.
  server.on('stream', (...[stream, , flags, raw]: [ServerHttp2Stream, unknown, number, RawHeaders?]) => {
    stream.on('error', () => undefined); // a stream that was reset; `close` follows
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    serve(stream, { headers: raw ?? [], hasBody }).catch(() =>
      stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    );
  });

  return {
    accept: (secure, entrance) => {
      // Emitted before the next line is over.
      server.once('session', (session) => entrances.set(session, entrance));
      server.emit('connection', secure);
    },
    close: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Node's `session.setTimeout` goes on after the session was destroyed, and keeps it in memory until then: a timer of our own. */
function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0;
  const timer = setTimeout(() => (streams > 0 ? timer.refresh() : session.close()), IDLE_MS).unref();
  session.on('stream', (stream) => {
    streams += 1;
    stream.once('close', () => {
      streams -= 1;
      if (!session.destroyed) timer.refresh();
    });
  });
  session.once('close', () => clearTimeout(timer));
}
