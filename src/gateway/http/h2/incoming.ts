import type { RawHeaders } from '../../message/headers.ts';
import { Held } from '../../message/held.ts';
import { StreamFault } from './faults.ts';

/** What comes on a stream behind its head: kept until somebody reads it. */

export interface Sink {
  /** False: no more for now. */
  readonly data: (bytes: Buffer) => boolean;
  readonly ended: () => void;
  readonly broke: (error: Error) => void;
}

/** What takes up memory of all streams because nobody has taken it. */
let heldBytes = 0;
/** More than that is waited for by whole connections, too: windows of many streams add up. */
const MOST_HELD_BYTES = 24 * 1024 ** 2;

/** Whether so much waits to be read that no more should come. */
export function isFlooded(): boolean {
  return heldBytes > MOST_HELD_BYTES;
}

const NONE: RawHeaders = [];

/** One direction of a stream, from its peer. */
export class Incoming {
  /** Those that came behind the content. */
  trailers = NONE;
  /** So far, with heads and trailers as they are encoded. */
  receivedBytes = 0;
  /** All has come. */
  isEnded = false;
  readonly #consumed: (bytes: number) => void;
  readonly #held = new Held();
  #sink: Sink | undefined;
  #isWanted = false;
  #wasWanted = false;
  #isDiscarded = false;
  #error: Error | undefined;
  /** What the head has said that is still to come. */
  #leftBytes: number | undefined;

  /** `consumed` is told what was taken, or thrown away. */
  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed;
  }

  /** Has come, and nobody has taken it. */
  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** Somebody takes what comes, or has. */
  get isRead(): boolean {
    return this.#wasWanted && !this.#isDiscarded;
  }

  /** All has come, and that is nothing. */
  get isEmpty(): boolean {
    return this.isEnded && this.#held.bytes === 0 && this.trailers.length === 0;
  }

  /** Undefined: any length will do. */
  expect(contentLength: number | undefined): void {
    this.#leftBytes = contentLength;
  }

  /** `isTakenNext`: all of it, at once. @throws StreamFault where it is more than was said */
  push(bytes: Buffer, isTakenNext = false): void {
    this.receivedBytes += bytes.length;
    if (this.#leftBytes !== undefined) this.#leftBytes -= bytes.length;
    if ((this.#leftBytes ?? 0) < 0) throw new StreamFault('protocolError', 'more content than was said');
    if (bytes.length === 0) return;
    if (this.#isDiscarded) return this.#consumed(bytes.length);
    if (this.#isWanted && this.#held.bytes === 0) return this.#give(bytes);
    this.#change(() => (isTakenNext ? this.#held.keep(bytes) : this.#held.addLent(bytes)));
  }

  /** @throws StreamFault where it is less than was said */
  end(trailers: RawHeaders = NONE): void {
    if ((this.#leftBytes ?? 0) > 0) throw new StreamFault('protocolError', 'less content than was said');
    this.isEnded = true;
    this.trailers = trailers;
    if (this.#isWanted && this.#held.bytes === 0) this.#tellEnd();
  }

  /** All of it, where it is all here, with nothing behind it; else undefined. To be asked before anybody reads. */
  takeWhole(): Uint8Array | undefined {
    if (!this.isEnded || this.trailers.length > 0) return undefined;
    const whole = this.#change(() => this.#held.takeAll());
    this.#consumed(whole.length);
    return whole;
  }

  /** One reader, which gets what is here, and then what comes. */
  read(sink: Sink): void {
    this.#sink = sink;
    if (this.#error !== undefined) sink.broke(this.#error);
  }

  /** More is wanted. */
  goOn(): void {
    // Without what was thrown away, the rest would pass for all of it.
    if (this.#isDiscarded) return;
    this.#wasWanted = true;
    this.#isWanted = true;
    while (this.#isWanted) {
      const piece = this.#change(() => this.#held.take());
      if (piece === undefined) break;
      this.#give(piece);
    }
    if (this.#isWanted && this.isEnded && this.#held.bytes === 0) this.#tellEnd();
  }

  /** Nobody wants it any more. */
  discard(): void {
    this.#isDiscarded = true;
    this.#isWanted = false;
    const held = this.#held.bytes;
    this.#drop();
    this.#consumed(held);
  }

  /** No more will come. */
  breakOff(error: Error): void {
    this.#error = error;
    this.#drop();
    this.#isWanted = false;
    this.#sink?.broke(error);
  }

  #give(bytes: Buffer): void {
    // The reader may free them.
    const { length } = bytes;
    // And it may ask for more before it is done.
    this.#isWanted = false;
    if (this.#sink?.data(bytes) === true) this.#isWanted = true;
    this.#consumed(length);
  }

  #tellEnd(): void {
    this.#isWanted = false;
    this.#sink?.ended();
  }

  #drop(): void {
    this.#change(() => this.#held.drop());
  }

  /** Counts what it changes. */
  #change<Result>(act: () => Result): Result {
    const before = this.#held.occupiedBytes;
    const result = act();
    heldBytes += this.#held.occupiedBytes - before;
    return result;
  }
}
