/**
 * Bounds a peer's useless frames, which cost it nothing, and cost this side an answer or a search (CVE-2019-9511 to
 * 9518, CVE-2023-44487). Useful frames and time restore the budget.
 */

const MOST = 1_000;
const REGAINED_PER_SECOND = 50;
/** The peer may answer a frame of content with two window updates, for its stream and for the connection. */
const FRAME_WORTH = 2;
/** It may do so for each part of a frame that its reader takes: Go's readers often take 4 KiB. */
const PART_BYTES = 1_024;
/** Much may have been sent, on a stream that is over, before any of it is read. */
const MOST_UPDATES = 100_000;

/** The budget of one connection's peer. */
export class Patience {
  #left = MOST;
  /** Window updates that may still arrive for sent content. */
  #updates = 0;
  #sinceMs: number;

  constructor(nowMs = performance.now()) {
    this.#sinceMs = nowMs;
  }

  /** Spends from the budget. Returns false once none is left. */
  spend(cost: number, nowMs?: number): boolean {
    // Reads the clock only where it matters.
    if (this.#left < cost) this.#regainByTime(nowMs ?? performance.now());
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** As `spend`, for a window update. It costs nothing where it may be for sent content, however small it is. */
  bearRoom(nowMs?: number): boolean {
    if (this.#updates === 0) return this.spend(1, nowMs);
    this.#updates -= 1;
    return true;
  }

  /** Counts a sent frame of content. */
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
