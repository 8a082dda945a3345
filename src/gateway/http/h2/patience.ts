/**
 * How much a peer may ask for that leads nowhere: frames that cost it nothing, and here an answer or a search (CVE-2019-9511 to
 * 9518, CVE-2023-44487). What is worth something buys some of it back, and so does time.
 */

const MOST = 1_000;
const REGAINED_PER_SECOND = 50;

export class Patience {
  #left = MOST;
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

  #regainByTime(nowMs: number): void {
    this.regain(((nowMs - this.#sinceMs) / 1_000) * REGAINED_PER_SECOND);
    this.#sinceMs = nowMs;
  }

  /** Something came that was worth it. */
  regain(worth: number): void {
    this.#left = Math.min(MOST, this.#left + worth);
  }
}
