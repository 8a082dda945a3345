import { Duplex, Readable, Writable } from 'node:stream';
import type { RawHeaders } from '../../message/headers.ts';
import { markSink, markSource } from '../../message/buffer-release.ts';
import { ONE_PIECE } from '../../message/held.ts';
import type { Stream } from './stream.ts';

/** The content of a stream of HTTP/2 as Node's streams, for what does not come and go as a whole. */

/** What comes. `unwanted` is called where it is given up before its end. */
export function readableOf(stream: Stream, unwanted: () => void): Readable {
  const { incoming } = stream;
  const readable = new Readable({
    highWaterMark: ONE_PIECE,
    read: () => incoming.goOn(),
    destroy: (error, done) => {
      if (!readable.readableEnded) unwanted();
      // Where the stream was over by then, too.
      incoming.discard();
      done(error);
    },
  });
  markSource(readable);
  // Whoever has it sees that it is broken.
  readable.on('error', () => undefined);
  // Nobody listens: it would only be thrown away.
  readable.on('resume', () => {
    if (readable.readableFlowing === true && readable.listenerCount('data') === 0) stream.discard();
  });
  incoming.read({
    data: (bytes) => readable.push(bytes),
    ended: () => readable.push(null),
    broke: (error) => readable.destroy(error),
  });
  return readable;
}

/** What goes, with these trailers behind it; whoever ends it too early has the stream reset. */
export function writableOf(stream: Stream, trailers: () => RawHeaders): Writable {
  const writable = new Writable({
    highWaterMark: ONE_PIECE,
    write: (bytes: Buffer, _, done) => stream.send(bytes, done),
    final: (done) => {
      try {
        stream.finish(trailers());
      } catch {
        // A list that cannot be written.
        stream.reset('internalError');
      }
      done();
    },
    destroy: (error, done) => {
      if (!stream.outgoing.isFinished) stream.reset('cancel', error ?? undefined);
      done(error);
    },
  });
  markSink(writable, () => (stream.outgoing.givesBack = true));
  writable.on('error', () => undefined);
  stream.outgoing.whenBroken((error) => writable.destroy(error));
  return writable;
}

/** Both ways in one, as of a connection (RFC 8441). */
export function duplexOf(stream: Stream): Duplex {
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    highWaterMark: ONE_PIECE,
    read: () => stream.incoming.goOn(),
    write: (bytes: Buffer, _, done) => stream.send(bytes, done),
    final: (done) => {
      stream.finish();
      done();
    },
    destroy: (error, done) => {
      stream.reset('cancel');
      stream.incoming.discard();
      done(error);
    },
  });
  stream.incoming.read({
    data: (bytes) => duplex.push(bytes),
    ended: () => duplex.push(null),
    broke: () => duplex.destroy(),
  });
  stream.outgoing.whenBroken(() => duplex.destroy());
  return duplex;
}
