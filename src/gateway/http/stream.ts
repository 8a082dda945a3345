import { Duplex } from 'node:stream';
import type { Wire } from '../tunnel/wire.ts';

/** A wire as the stream that Node's HTTP server takes in place of a socket. */
export function streamOf(wire: Wire): Duplex {
  const stream: Duplex = new Duplex({
    allowHalfOpen: true,
    read: () => wire.goOn(),
    write: (bytes: Buffer, _, done) => {
      if (wire.write(bytes, done)) done();
    },
    final: (done) => wire.end(done),
    destroy: (error, done) => {
      wire.destroy();
      done(error);
    },
  });
  // Called by the server between two requests.
  Object.assign(stream, {
    setTimeout: (timeoutMs: number) => {
      wire.setIdleTimeout(timeoutMs, () => stream.destroy());
      return stream;
    },
  });
  wire.read((bytes) => stream.push(Buffer.from(bytes)), {
    ended: () => stream.push(null),
    broke: () => stream.destroy(),
  });
  return stream;
}
