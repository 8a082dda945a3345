/** Outgoing content of a stream after its head, held until the peer has a window for it. */

/** The direction of a stream to its peer. */
export class Outgoing {
  /** The peer's window (RFC 9113, 6.9.1). Negative after the peer has reduced it. */
  windowBytes: number;
  /** The end was written. */
  isFinished = false;
  /** Bytes so far, including encoded heads and trailers. */
  takenBytes = 0;
  /** An encoded block of fields that comes last. */
  trailers: string | undefined;
  /** Sent bytes are given back once they have left. */
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

  /** Only the end is left to write. */
  get isAtEnd(): boolean {
    return this.#isLast && this.#pieces.length === 0 && !this.isFinished;
  }

  /** Calls `flushed` once all bytes were taken. One call at a time. */
  add(bytes: Uint8Array, flushed?: () => void): void {
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#flushed = flushed;
    if (bytes.length === 0) this.#tell();
  }

  /** Declares that no more bytes will be added. */
  finish(): void {
    this.#isLast = true;
  }

  /** Returns the next bytes, at most this many and at most the window. Undefined for none. */
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

  /** Call it after the taken bytes are on their way. */
  told(): void {
    if (this.#pieces.length === 0) this.#tell();
  }

  /** Sets the one listener for an early end. */
  whenBroken(listener: (error: Error) => void): void {
    this.#broken = listener;
  }

  /** Discards everything that is left. */
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
