import { Readable } from 'node:stream';
import type { RawHeaders } from '../headers.ts';
import { markSource } from '../buffer-release.ts';
import { Held, ONE_PIECE } from '../held.ts';

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
  readonly #held = new Held();
  /** The queue has nothing, and may be given what comes. */
  #isWanted = false;
  #isEnded = false;

  constructor(flow: Flow) {
    super({ highWaterMark: ONE_PIECE });
    this.#flow = flow;
    markSource(this);
    // Before somebody takes it, and after; who does sees that it is broken.
    this.on('error', () => undefined);
  }

  /** Has come, and nobody has taken it. */
  get heldBytes(): number {
    return this.readableLength + this.#held.bytes;
  }

  /** Gives on, or keeps, what has come. False: enough for now. */
  add(bytes: Buffer): boolean {
    if (this.#isWanted && this.#held.bytes === 0) this.#isWanted = this.push(bytes);
    else this.#held.addLent(bytes);
    return this.#hasRoom;
  }

  /** All has come. */
  end(trailers: RawHeaders): void {
    this.trailers = trailers;
    this.#isEnded = true;
    if (this.#held.bytes === 0) this.push(null);
  }

  override _read(): void {
    const piece = this.#held.take();
    this.#isWanted = piece === undefined;
    if (piece !== undefined) this.push(piece);
    if (this.#isEnded && this.#held.bytes === 0) this.push(null);
    // Where nothing else is held, what is in the queue is being taken just now.
    else if (this.#isWanted || this.#hasRoom) this.#flow.wanted(this);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#held.drop();
    this.#flow.dropped(this);
    done(error);
  }

  get #hasRoom(): boolean {
    return this.heldBytes < HELD_BYTES;
  }
}
