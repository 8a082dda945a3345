import type { Readable } from 'node:stream';
import { Held } from './held.ts';

/** Bytes that a feed holds for a slow reader before it stops the sender. */
const HELD_BYTES = 16 * 1024;

/** Feeds a stream. The stream's queue, of `ONE_PIECE`, has the first piece. Later pieces are joined while they wait. */
export class Feed {
  readonly #to: Readable;
  readonly #held = new Held();
  /** The stream's queue is empty and may get the next piece. */
  #isWanted = false;
  #isEnded = false;

  constructor(to: Readable) {
    this.#to = to;
  }

  /** Bytes that have arrived and are not consumed. */
  get bytes(): number {
    return this.#to.readableLength + this.#held.bytes;
  }

  /** Passes on or holds bytes that no other code inspects. Returns false when the sender should pause. */
  add(bytes: Buffer): boolean {
    if (this.#to.destroyed) return true;
    if (this.#isWanted && this.#held.bytes === 0) this.#isWanted = this.#to.push(bytes);
    else this.#held.addLent(bytes);
    return this.#hasRoom;
  }

  /** Ends the stream after all bytes have arrived. */
  end(): void {
    this.#isEnded = true;
    if (this.#held.bytes === 0) this.#to.push(null);
  }

  /** Call it from the stream's `_read`. Returns whether the sender may send more. */
  take(): boolean {
    const piece = this.#held.take();
    this.#isWanted = piece === undefined;
    if (piece !== undefined) this.#to.push(piece);
    if (this.#isEnded && this.#held.bytes === 0) this.#to.push(null);
    // If nothing else is held, the stream is consuming its queue at this moment.
    return !this.#isEnded && (this.#isWanted || this.#hasRoom);
  }

  /** Drops the held bytes of a stream that is over. */
  drop(): void {
    this.#held.drop();
  }

  get #hasRoom(): boolean {
    return this.bytes < HELD_BYTES;
  }
}
