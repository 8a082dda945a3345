import { Duplex } from 'node:stream';
import type { Wire } from '../tunnel/wire.ts';
import { Feed } from '../message/feed.ts';
import { ONE_PIECE } from '../message/held.ts';

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
