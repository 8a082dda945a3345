/** What is to be sent on a stream behind its head: kept until the peer has room for it. */

/** One direction of a stream, to its peer. */
export class Outgoing {
  /** What the peer has room for (RFC 9113, 6.9.1); below zero after it has made it smaller. */
  windowBytes: number;
  /** The end was written. */
  isFinished = false;
  /** So far, with heads and trailers as they are encoded. */
  takenBytes = 0;
  /** A block of fields that comes last. */
  trailers: string | undefined;
  /** What is sent is given back once it has left. */
  givesBack = false;
  #pieces: Uint8Array[] = [];
  #takenOfFirst = 0;
  #isLast = false;
  #broken: ((error: Error) => void) | undefined;
  #flushed: (() => void) | undefined;

  constructor(windowBytes: number) {
    this.windowBytes = windowBytes;
  }

  get hasBytes(): boolean {
    return this.#pieces.length > 0;
  }

  /** Nothing is left but to write the end. */
  get isAtEnd(): boolean {
    return this.#isLast && this.#pieces.length === 0 && !this.isFinished;
  }

  /** `flushed` is called once all of it was taken; one at a time. */
  add(bytes: Uint8Array, flushed?: () => void): void {
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#flushed = flushed;
    if (bytes.length === 0) this.#tell();
  }

  /** No more will be added. */
  finish(): void {
    this.#isLast = true;
  }

  /** The next bytes, no more than this and than there is room for; undefined for none. */
  take(mostBytes: number): Uint8Array | undefined {
    const [first] = this.#pieces;
    const bytes = Math.min(mostBytes, this.windowBytes);
    if (first === undefined || bytes <= 0) return undefined;
    const start = this.#takenOfFirst;
    const taken = first.subarray(start, start + bytes);
    this.windowBytes -= taken.length;
    this.takenBytes += taken.length;
    if (start + taken.length < first.length) this.#takenOfFirst += taken.length;
    else {
      this.#pieces.shift();
      this.#takenOfFirst = 0;
    }
    return taken;
  }

  /** To be called after what was taken is on its way. */
  told(): void {
    if (this.#pieces.length === 0) this.#tell();
  }

  /** Who hears that it ended too early. One listener. */
  whenBroken(listener: (error: Error) => void): void {
    this.#broken = listener;
  }

  /** Nothing more goes out. */
  breakOff(error: Error): void {
    this.#pieces = [];
    this.#flushed = undefined;
    this.#broken?.(error);
  }

  #tell(): void {
    const flushed = this.#flushed;
    this.#flushed = undefined;
    flushed?.();
  }
}
