/** Of how many bytes of data an event at least tells of one token: less have pings and ends (`[DONE]`, `message_stop`). */
const LEAST_BYTES = 64;
/** An event of so many bytes more tells of one more. */
const BYTES_OF_ANOTHER = 1_024;

/**
 * What a stream of events has cost at least, as long as it does not say. Models' APIs send a token or a few with each event, of 80 to
 * 500 bytes; a long event holds many, or an image or a sound, of which nobody knows (docs/adr/0095). So it is rather too little than too much.
 */
export class OutputEstimate {
  /** Of the events that are over. */
  #tokens = 0;
  /** Of the one that is not. */
  #bytes = 0;
  /** The event that is not over says what all before it have cost, and itself. */
  #isStated = false;

  /** Beyond what was stated last. */
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
