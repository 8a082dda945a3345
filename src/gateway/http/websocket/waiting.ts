import { BadFrame } from './frames.ts';

/**
 * Limit in bytes for all WebSockets together, in both directions. Incomplete frames and messages are outside the heap,
 * so no limit of Node counts them.
 */
export const MAX_WAITING_BYTES = 64 * 1024 ** 2;
let waitingBytes = 0;

/** The bytes that one reader of frames holds. */
export class Waiting {
  #bytes = 0;

  /**
   * Sets the held bytes; 0 once nothing is held.
   * @throws BadFrame when they exceed the limit, and then the reader must drop them
   */
  hold(bytes: number): void {
    const all = waitingBytes - this.#bytes + bytes;
    if (bytes > this.#bytes && all > MAX_WAITING_BYTES)
      throw new BadFrame('exceeds the limit for unfinished messages');
    waitingBytes = all;
    this.#bytes = bytes;
  }
}
