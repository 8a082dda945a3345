import { Readable } from 'node:stream';
import type { RawHeaders } from './headers.ts';
import { markSource } from './buffer-release.ts';
import { Feed } from './feed.ts';
import { ONE_PIECE } from './held.ts';

/** A connection that content comes on. */
export interface Flow {
  /** Somebody wants to read on. */
  wanted(content: ContentStream): void;
  /** Nobody will read on. Also called when all was read. */
  dropped(content: ContentStream): void;
}

/** Content that comes bit by bit. */
export class ContentStream extends Readable {
  trailers: RawHeaders = [];
  readonly #flow: Flow;
  readonly #feed = new Feed(this);

  constructor(flow: Flow) {
    super({ highWaterMark: ONE_PIECE });
    this.#flow = flow;
    markSource(this);
    // Before somebody takes it, and after; who does sees that it is broken.
    this.on('error', () => undefined);
  }

  /** Has come, and nobody has taken it. */
  get heldBytes(): number {
    return this.#feed.bytes;
  }

  /** Gives on, or keeps, what has come. False: enough for now. */
  add(bytes: Buffer): boolean {
    return this.#feed.add(bytes);
  }

  /** All has come. */
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
