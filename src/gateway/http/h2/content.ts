import { Duplex, Readable, Writable } from 'node:stream';
import type { RawHeaders } from '../../message/headers.ts';
import { markSink, markSource } from '../../message/buffer-release.ts';
import { ONE_PIECE } from '../../message/held.ts';
import type { Stream } from './stream.ts';

/** Exposes an HTTP/2 stream's content as Node's streams, where it does not pass as a whole. */

/** Returns the incoming content. Calls `unwanted` where its reader gives up before the end. */
export function readableOf(stream: Stream, unwanted: () => void): Readable {
  const { incoming } = stream;
  const readable = new Readable({
    highWaterMark: ONE_PIECE,
    read: () => incoming.goOn(),
    destroy: (error, done) => {
      if (!readable.readableEnded) unwanted();
      // This also covers a stream that was over by then.
      incoming.discard();
      done(error);
    },
  });
  markSource(readable);
  // The reader sees that it is broken.
  readable.on('error', () => undefined);
  // Discards content without a listener, which would be lost anyway.
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

/**
 * Returns a stream for the outgoing content, with these trailers after it. Ending it too early resets the HTTP/2
 * stream.
 */
export function writableOf(stream: Stream, trailers: () => RawHeaders): Writable {
  const writable = new Writable({
    highWaterMark: ONE_PIECE,
    write: (bytes: Buffer, _, done) => stream.send(bytes, done),
    final: (done) => {
      try {
        stream.finish(trailers());
      } catch {
        // The trailers cannot be written.
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

/** Returns both directions as one stream, like a connection (RFC 8441). */
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
