import { Readable } from 'node:stream';
import type { RawHeaders } from '../headers.ts';
import { markSource } from '../buffer-release.ts';

/** A connection that content comes on. */
export interface Flow {
  /** Somebody wants to read on. */
  wanted(content: ContentStream): void;
  /** Nobody will read on. Also called when all was read. */
  dropped(content: ContentStream): void;
}

/** What is held of content that nobody takes, before its connection is stopped. */
const HELD_BYTES = 16 * 1024;

/** Content that comes bit by bit. */
export class ContentStream extends Readable {
  trailers: RawHeaders = [];
  readonly #flow: Flow;

  constructor(flow: Flow) {
    super({ highWaterMark: HELD_BYTES });
    this.#flow = flow;
    markSource(this);
    // Before somebody takes it, and after; who does sees that it is broken.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#flow.wanted(this);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#flow.dropped(this);
    done(error);
  }
}
