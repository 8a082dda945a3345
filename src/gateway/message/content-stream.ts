import { Readable } from 'node:stream';
import type { RawHeaders } from './headers.ts';
import { markSource } from './buffer-release.ts';
import { Feed } from './feed.ts';
import { ONE_PIECE } from './held.ts';

/** A connection that content arrives on. */
export interface Flow {
  /** A reader wants more content. */
  wanted(content: ContentStream): void;
  /** No reader will read on. Also called after all content was read. */
  dropped(content: ContentStream): void;
}

/** Content that arrives in pieces. */
export class ContentStream extends Readable {
  trailers: RawHeaders = [];
  readonly #flow: Flow;
  readonly #feed = new Feed(this);

  constructor(flow: Flow) {
    super({ highWaterMark: ONE_PIECE });
    this.#flow = flow;
    markSource(this);
    // Ignores an error before and after a consumer has the stream. The consumer sees that the stream is destroyed.
    this.on('error', () => undefined);
  }

  /** Bytes that have arrived and are not consumed. */
  get heldBytes(): number {
    return this.#feed.bytes;
  }

  /** Passes on or holds arrived content. Returns false when the sender should pause. */
  add(bytes: Buffer): boolean {
    return this.#feed.add(bytes);
  }

  /** Ends the stream after all content has arrived. */
  end(trailers: RawHeaders): void {
    this.trailers = trailers;
    this.#feed.end();
  }

  override _read(): void {
    if (this.#feed.take()) this.#flow.wanted(this);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#feed.drop();
    this.#flow.dropped(this);
    done(error);
  }
}
