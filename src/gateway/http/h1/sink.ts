import { Writable } from 'node:stream';
import type { RawHeaders } from '../../message/headers.ts';
import type { Backlog } from './backlog.ts';
import type { Framing } from './head.ts';
import { markSink } from '../../message/buffer-release.ts';
import { ONE_PIECE } from '../../message/held.ts';
import { writeChunkSize, writeLastChunk } from './write.ts';

/** Writes content with the framing of its head. */

export interface Outgoing {
  readonly to: Backlog;
  readonly framing: Framing;
  /** Called at the end. */
  readonly trailers: () => RawHeaders;
}

const CHUNK_END = Buffer.from('\r\n');

/** Takes exactly the announced length. It fails with more, and with an end before that. */
export class ContentSink extends Writable {
  /** The last byte was written. */
  isWhole = false;
  #givesBack = false;
  /** Bytes including the framing. */
  bytesWritten = 0;
  readonly #outgoing: Outgoing;
  #left: number;

  constructor(outgoing: Outgoing) {
    super({ highWaterMark: ONE_PIECE });
    markSink(this, () => (this.#givesBack = true));
    this.#outgoing = outgoing;
    this.#left = typeof outgoing.framing === 'number' ? outgoing.framing : Infinity;
  }

  override _write(...[bytes, , done]: [Buffer, BufferEncoding, (error?: Error) => void]): void {
    if (bytes.length === 0) return done();
    this.#left -= bytes.length;
    if (this.#left < 0) return done(new Error('the content is longer than announced'));
    const isChunk = this.#outgoing.framing === 'chunked';
    const mayFollow = isChunk
      ? this.#put([Buffer.from(writeChunkSize(bytes.length), 'latin1'), bytes, CHUNK_END], bytes)
      : this.#put([bytes], bytes);
    if (mayFollow) done();
    else this.#outgoing.to.whenTaken(done);
  }

  override _final(done: (error?: Error) => void): void {
    const { to, framing, trailers } = this.#outgoing;
    if (this.#left > 0 && this.#left !== Infinity)
      return done(new Error('the content is shorter than announced'));
    try {
      if (framing === 'chunked') this.#put([Buffer.from(writeLastChunk(trailers()), 'latin1')]);
    } catch (error) {
      return done(error as Error);
    }
    this.isWhole = true;
    // The listener of the end may close the connection, and bytes that have not left by then would be lost.
    to.whenEmpty(done);
  }

  #put(pieces: readonly Uint8Array[], content?: Uint8Array): boolean {
    for (const { length } of pieces) this.bytesWritten += length;
    return this.#outgoing.to.write(pieces, this.#givesBack ? content : undefined);
  }
}
