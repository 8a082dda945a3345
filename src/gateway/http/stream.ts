import { Duplex } from 'node:stream';
import type { Wire } from '../tunnel/wire.ts';
import { ONE_PIECE } from './held.ts';

/** A wire as a stream, which TLS gives too. */
export function streamOf(wire: Wire): Duplex {
  const stream: Duplex = new Duplex({
    allowHalfOpen: true,
    // What nobody takes stays with who sends it.
    readableHighWaterMark: ONE_PIECE,
    read: () => wire.goOn(),
    write: (bytes: Buffer, _, done) => {
      if (wire.write(bytes, done)) done();
    },
    final: (done) => wire.end(done),
    destroy: (error, done) => {
      // What ends with an error must not look as if it were all.
      if (error === null) wire.destroy();
      else wire.breakOff();
      done(error);
    },
  });
  // A copy: what is read is only lent.
  wire.read((bytes) => stream.push(Buffer.from(bytes)), {
    ended: () => stream.push(null),
    broke: () => stream.destroy(),
  });
  return stream;
}
