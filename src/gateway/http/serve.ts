import type { TLSSocket } from 'node:tls';
import type { Wire } from '../tunnel/wire.ts';
import { createHttp1Service, type Http1Parts } from './client/serve1.ts';
import { createHttp2Service } from './client/serve2.ts';
import { createForwarder } from './upstream/forward.ts';
import type { Entrance } from '../message/target.ts';
import { Duplex } from 'node:stream';
import { Feed } from '../message/feed.ts';
import { ONE_PIECE } from '../message/held.ts';

/**
 * HTTP: on the proxy port, on port 80, inside a CONNECT to a host that a rule allows plain HTTP for, and inside opened
 * TLS.
 */

export interface HttpService {
  /** Takes over a connection, including bytes that an earlier inspection held. */
  acceptWire(wire: Wire, entrance: Entrance): void;
  /** Takes over a connection whose TLS the gateway opened. */
  acceptSecure(secure: TLSSocket, entrance: Entrance): void;
  /** Closes idle connections to hosts now, and those in use when their request ends. */
  dropIdle(): void;
  close(): void;
}

export type HttpParts = Omit<Http1Parts, 'forwarder'>;

/** Makes the services of both HTTP versions, with one forwarder. */
export function createHttpService(parts: HttpParts): HttpService {
  const forwarder = createForwarder(parts);
  const http1 = createHttp1Service({ ...parts, forwarder });
  const http2 = createHttp2Service({ ...parts, forwarder });
  return {
    acceptWire: (wire, entrance) => http1.accept(streamOf(wire), entrance, wire),
    acceptSecure: (secure, entrance) => {
      if (secure.alpnProtocol === 'h2') http2.accept(secure, entrance);
      else http1.accept(secure, entrance);
    },
    dropIdle: () => forwarder.dropIdle(),
    close: () => [http1, http2, forwarder].forEach((one) => one.close()),
  };
}

/** Returns a wire as a stream, which is also the form of TLS connections. */
export function streamOf(wire: Wire): Duplex {
  const stream: Duplex = new Duplex({
    allowHalfOpen: true,
    readableHighWaterMark: ONE_PIECE,
    read: () => {
      if (feed.take()) wire.goOn();
    },
    write: (bytes: Buffer, _, done) => {
      if (wire.write(bytes, done)) done();
    },
    final: (done) => wire.end(done),
    destroy: (error, done) => {
      // An end with an error must not look like a complete end.
      if (error === null) wire.destroy();
      else wire.breakOff();
      feed.drop();
      done(error);
    },
  });
  const feed = new Feed(stream);
  // Copies the bytes, because they are only lent.
  wire.read((bytes) => feed.add(Buffer.from(bytes)), {
    ended: () => feed.end(),
    broke: () => stream.destroy(),
  });
  return stream;
}
