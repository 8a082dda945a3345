/**
 * Minimum of bytes in an event's data that count as one token. Pings and ends (`[DONE]`, `message_stop`) have fewer.
 */
const LEAST_BYTES = 64;
/** Each further block of this many bytes in an event counts as one more token. */
const BYTES_OF_ANOTHER = 1_024;

/**
 * Estimates a lower bound of a stream's cost while the stream does not state it. Models' APIs send one or a few tokens
 * with each event, of 80 to 500 bytes. A long event holds many, or an image or a sound of unknown cost (docs/adr/0095).
 * So the estimate is rather too low than too high.
 */
export class OutputEstimate {
  /** Tokens of complete events. */
  #tokens = 0;
  /** Bytes of the current event. */
  #bytes = 0;
  /** The current event states the cost of all events before it, and of itself. */
  #isStated = false;

  /** Estimated tokens since the last stated cost. */
  get tokens(): number {
    return this.#tokens + tokensOf(this.#bytes);
  }

  data(bytes: number): void {
    if (!this.#isStated) this.#bytes += bytes;
  }

  stated(): void {
    [this.#tokens, this.#bytes, this.#isStated] = [0, 0, true];
  }

  over(): void {
    [this.#tokens, this.#bytes, this.#isStated] = [this.tokens, 0, false];
  }
}

const tokensOf = (bytes: number): number =>
  bytes < LEAST_BYTES ? 0 : 1 + Math.floor(bytes / BYTES_OF_ANOTHER);
