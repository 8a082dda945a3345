/**
 * How much a peer may ask for that leads nowhere: frames that cost it nothing, and here an answer or a search (CVE-2019-9511 to
 * 9518, CVE-2023-44487). What is worth something buys some of it back, and so does time.
 */

const MOST = 1_000;
const REGAINED_PER_SECOND = 50;
/** A frame of content may be answered by more room, for its stream and for all. */
const FRAME_WORTH = 2;
/** And so may each part of it, where it is read in small ones: Go's readers often take 4 KiB. */
const PART_BYTES = 1_024;
/** Much may have been sent, and its stream be over, before any of it is read. */
const MOST_UPDATES = 100_000;

/** Of one connection, with its peer. */
export class Patience {
  #left = MOST;
  /** Of windows, that may still come for what was sent. */
  #updates = 0;
  #sinceMs: number;

  constructor(nowMs = performance.now()) {
    this.#sinceMs = nowMs;
  }

  /** False once there is none left. */
  spend(cost: number, nowMs?: number): boolean {
    // The clock is asked only where it matters.
    if (this.#left < cost) this.#regainByTime(nowMs ?? performance.now());
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** As `spend`, for an update of a window, which costs nothing where it may be for what was sent, however little room it gives. */
  bearRoom(nowMs?: number): boolean {
    if (this.#updates === 0) return this.spend(1, nowMs);
    this.#updates -= 1;
    return true;
  }

  /** A frame of content has gone. */
  sent(bytes: number): void {
    this.#regain(FRAME_WORTH);
    const updates = FRAME_WORTH * Math.ceil(bytes / PART_BYTES);
    this.#updates = Math.min(MOST_UPDATES, this.#updates + updates);
  }

  #regainByTime(nowMs: number): void {
    this.#regain(((nowMs - this.#sinceMs) / 1_000) * REGAINED_PER_SECOND);
    this.#sinceMs = nowMs;
  }

  #regain(worth: number): void {
    this.#left = Math.min(MOST, this.#left + worth);
  }
}
