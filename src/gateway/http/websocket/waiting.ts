import { BadFrame } from './frames.ts';

/**
 * Of all WebSockets together, whichever way it came: what waits for the end of its frame or its message is no part of the heap, and
 * no limit of Node's counts it.
 */
export const MAX_WAITING_BYTES = 64 * 1024 ** 2;
let waitingBytes = 0;

/** What one reader of frames keeps of that. */
export class Waiting {
  #bytes = 0;

  /** So much is kept by now; 0 once nothing is. @throws BadFrame when there is no room for more, and then it must be given up */
  hold(bytes: number): void {
    const all = waitingBytes - this.#bytes + bytes;
    if (bytes > this.#bytes && all > MAX_WAITING_BYTES)
      throw new BadFrame('is one too many of messages without an end');
    waitingBytes = all;
    this.#bytes = bytes;
  }
}
