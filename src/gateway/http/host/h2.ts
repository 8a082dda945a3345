import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Passage } from '../../gate.ts';
import { headersOf2, sendTrailers2 } from '../client/h2.ts';
import type { Answered, Outbound, Sent } from '../exchange.ts';
import { pairsOf, trailersOf, type RawHeaders } from '../headers.ts';
import { pour } from '../pour.ts';

/** A host that speaks HTTP/2, by Node's client. */

const IDLE_MS = 30_000;
/** What the host may send ahead on all streams together, and on one: a round trip's worth of a fast line. */
const WINDOW_BYTES = { session: 4 * 1024 ** 2, stream: 1024 ** 2 } as const;

/** A session over this connection, which closes by itself when nothing uses it. */
export function openSession(secure: TLSSocket, { asked }: Passage): ClientHttp2Session {
  const session = connect(`https://${authorityOf(asked)}`, {
    createConnection: () => secure,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES.stream },
    maxSessionMemory: 32,
  });
  session.on('error', () => session.destroy());
  // Node's session does not mind a host that has only ended its side, and its streams would wait.
  secure.once('end', () => session.destroy(new Error('the host closed the connection'))).resume();
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES.session));
  session.setTimeout(IDLE_MS, () => session.close());
  return session;
}

function authorityOf({ host, port }: Passage['asked']): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** One request on a session. */
export function sendOver2(session: ClientHttp2Session, outbound: Outbound): Sent {
  const { method, path, headers, body } = outbound;
  const { host = '', ...rest } = headersOf2(headers);
  const stream = session.request(
    {
      ...rest,
      ...(outbound.wantsTrailers ? { te: 'trailers' } : {}),
      ':method': method,
      ':path': path,
      ':scheme': 'https',
      ':authority': host,
    },

    { endStream: body === undefined, waitForTrailers: body !== undefined },
  );
  let [up, down] = [0, 0];
  stream.on('data', (chunk: Buffer) => (down += chunk.length)).pause();
  if (body !== undefined) {
    stream.once('wantTrailers', () => sendTrailers2(stream, trailersOf(outbound.trailers())));
    if (body instanceof Uint8Array) {
      up += body.length;
      stream.end(body);
    } else {
      body.on('data', (chunk: Buffer) => (up += chunk.length));
      pour(body, stream, () => undefined);
    }
  }
  return { answered: answeredOf(stream), traffic: () => ({ up, down }), abandon: () => stream.close(8) };
}

function answeredOf(stream: ClientHttp2Stream): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let trailers: RawHeaders = [];
    stream.once('trailers', (_, __, raw?: readonly string[]) => (trailers = raw ?? []));
    stream.once('response', (headers, _, raw?: readonly string[]) => {
      resolve({
        status: headers[':status'] ?? 502,
        statusMessage: undefined,
        headers: pairsOf(raw ?? [])
          .filter(([name]) => !name.startsWith(':'))
          .flat(),
        body: stream,
        trailers: () => trailers,
      });
    });
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the host closed the stream without an answer')));
  });
}
