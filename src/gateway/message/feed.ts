import type { Readable } from 'node:stream';
import { Held } from './held.ts';

/** What is held of what nobody takes, before who sends it is stopped. */
const HELD_BYTES = 16 * 1024;

/** Gives a stream what comes: its queue, of `ONE_PIECE`, has the first, and what waits behind that is joined. */
export class Feed {
  readonly #to: Readable;
  readonly #held = new Held();
  /** The queue has nothing, and may be given what comes. */
  #isWanted = false;
  #isEnded = false;

  constructor(to: Readable) {
    this.#to = to;
  }

  /** Has come, and nobody has taken it. */
  get bytes(): number {
    return this.#to.readableLength + this.#held.bytes;
  }

  /** Gives on, or keeps, what nobody else looks into. False: enough for now. */
  add(bytes: Buffer): boolean {
    if (this.#to.destroyed) return true;
    if (this.#isWanted && this.#held.bytes === 0) this.#isWanted = this.#to.push(bytes);
    else this.#held.addLent(bytes);
    return this.#hasRoom;
  }

  /** All has come. */
  end(): void {
    this.#isEnded = true;
    if (this.#held.bytes === 0) this.#to.push(null);
  }

  /** To be called by the stream's `_read`. True: more may come. */
  take(): boolean {
    const piece = this.#held.take();
    this.#isWanted = piece === undefined;
    if (piece !== undefined) this.#to.push(piece);
    if (this.#isEnded && this.#held.bytes === 0) this.#to.push(null);
    // Where nothing else is held, what is in the queue is being taken just now.
    return !this.#isEnded && (this.#isWanted || this.#hasRoom);
  }

  /** Of a stream that is over. */
  drop(): void {
    this.#held.drop();
  }

  get #hasRoom(): boolean {
    return this.bytes < HELD_BYTES;
  }
}
