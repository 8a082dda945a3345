import type { RawHeaders } from '../../message/headers.ts';
import { Held } from '../../message/held.ts';
import { StreamFault } from './faults.ts';

/** Incoming content of a stream after its head, held until a reader takes it. */

export interface Sink {
  /** Returns false when it wants no more for now. */
  readonly data: (bytes: Buffer) => boolean;
  readonly ended: () => void;
  readonly broke: (error: Error) => void;
}

/** Bytes of memory for unread content of all streams. */
let heldBytes = 0;
/** Beyond this, whole connections wait too, because the windows of many streams add up. */
const MOST_HELD_BYTES = 24 * 1024 ** 2;

/** Returns whether so much content waits that no more should arrive. */
export function isFlooded(): boolean {
  return heldBytes > MOST_HELD_BYTES;
}

const NONE: RawHeaders = [];

/** The direction of a stream from its peer. */
export class Incoming {
  /** Trailers after the content. */
  trailers = NONE;
  /** Bytes so far, including encoded heads and trailers. */
  receivedBytes = 0;
  /** All content has arrived. */
  isEnded = false;
  readonly #consumed: (bytes: number) => void;
  readonly #held = new Held();
  #sink: Sink | undefined;
  #isWanted = false;
  #wasWanted = false;
  #isDiscarded = false;
  #error: Error | undefined;
  /** Bytes of the announced length that are still to come. */
  #leftBytes: number | undefined;

  /** `consumed`: called with the number of bytes that were taken or discarded. */
  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed;
  }

  /** Bytes that have arrived and are not consumed. */
  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** A reader takes the content, or has taken it. */
  get isRead(): boolean {
    return this.#wasWanted && !this.#isDiscarded;
  }

  /** All has arrived, and it is empty. */
  get isEmpty(): boolean {
    return this.isEnded && this.#held.bytes === 0 && this.trailers.length === 0;
  }

  /** Sets the announced length. Undefined: any length is valid. */
  expect(contentLength: number | undefined): void {
    this.#leftBytes = contentLength;
  }

  /**
   * Takes content. `isTakenNext`: a reader takes all of it at once.
   * @throws StreamFault where it exceeds the announced length
   */
  push(bytes: Buffer, isTakenNext = false): void {
    this.receivedBytes += bytes.length;
    if (this.#leftBytes !== undefined) this.#leftBytes -= bytes.length;
    if ((this.#leftBytes ?? 0) < 0) throw new StreamFault('protocolError', 'more content than announced');
    if (bytes.length === 0) return;
    if (this.#isDiscarded) return this.#consumed(bytes.length);
    if (this.#isWanted && this.#held.bytes === 0) return this.#give(bytes);
    this.#change(() => (isTakenNext ? this.#held.keep(bytes) : this.#held.addLent(bytes)));
  }

  /** Ends the content. @throws StreamFault where it is shorter than announced */
  end(trailers: RawHeaders = NONE): void {
    if ((this.#leftBytes ?? 0) > 0) throw new StreamFault('protocolError', 'less content than announced');
    this.isEnded = true;
    this.trailers = trailers;
    if (this.#isWanted && this.#held.bytes === 0) this.#tellEnd();
  }

  /** Returns all content if it is complete and has no trailers; else undefined. Call it before any read. */
  takeWhole(): Uint8Array | undefined {
    if (!this.isEnded || this.trailers.length > 0) return undefined;
    const whole = this.#change(() => this.#held.takeAll());
    this.#consumed(whole.length);
    return whole;
  }

  /** Sets the one reader, which gets held content first. */
  read(sink: Sink): void {
    this.#sink = sink;
    if (this.#error !== undefined) sink.broke(this.#error);
  }

  /** Continues for a reader that wants more. */
  goOn(): void {
    // Without the discarded part, the rest would look complete.
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

  /** Discards this content and all that follows. */
  discard(): void {
    this.#isDiscarded = true;
    this.#isWanted = false;
    const held = this.#held.bytes;
    this.#drop();
    this.#consumed(held);
  }

  /** Ends with an error: no more will arrive. */
  breakOff(error: Error): void {
    this.#error = error;
    this.#drop();
    this.#isWanted = false;
    this.#sink?.broke(error);
  }

  #give(bytes: Buffer): void {
    // Saves the length, because the reader may free the bytes.
    const { length } = bytes;
    // Set first, because the reader may ask for more before it returns.
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

  /** Updates the count of all held bytes. */
  #change<Result>(act: () => Result): Result {
    const before = this.#held.occupiedBytes;
    const result = act();
    heldBytes += this.#held.occupiedBytes - before;
    return result;
  }
}
