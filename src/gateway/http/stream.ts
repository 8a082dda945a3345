import { Duplex } from 'node:stream';
import type { Wire } from '../tunnel/wire.ts';
import { Feed } from '../message/feed.ts';
import { ONE_PIECE } from '../message/held.ts';

/** A wire as a stream, which TLS gives too. */
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
      // What ends with an error must not look as if it were all.
      if (error === null) wire.destroy();
      else wire.breakOff();
      feed.drop();
      done(error);
    },
  });
  const feed = new Feed(stream);
  // A copy: what is read is only lent.
  wire.read((bytes) => feed.add(Buffer.from(bytes)), {
    ended: () => feed.end(),
    broke: () => stream.destroy(),
  });
  return stream;
}
