/** How much a peer may send before it is told that there is room for more (RFC 9113, 5.2). */

/** What the windows of streams may grow by, of all connections together: so much of what nobody takes may lie in memory besides. */
const POOL_BYTES = 6 * 1024 ** 2;
let pooledBytes = POOL_BYTES;

/** A window of which half was used within this is too small for how far away the peer is. */
const QUICK_MS = 200;

export interface WindowLimits {
  readonly initialBytes: number;
  /** What the peer may have sent before it knew of that. */
  readonly unsaidBytes: number;
  readonly mostBytes: number;
  /** Only as far as all of them may together. */
  readonly isPooled: boolean;
}

/** It doubles for a peer that fills it and a reader that empties it. */
export class ReceiveWindow {
  readonly #limits: WindowLimits;
  #sizeBytes: number;
  /** What the peer may still send. */
  #leftBytes: number;
  /** Taken by the reader, and not yet told. */
  #owedBytes = 0;
  #toldAtMs = -Infinity;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#sizeBytes = limits.initialBytes;
    this.#leftBytes = Math.max(limits.initialBytes, limits.unsaidBytes);
  }

  /** For what has come; false: the peer was not allowed to. */
  receive(bytes: number): boolean {
    this.#leftBytes -= bytes;
    return this.#leftBytes >= 0;
  }

  /** For what the reader has taken, of which so much is left that it has not; gives what to tell the peer, 0 for nothing yet. */
  consume(bytes: number, waitingBytes: number, atMs?: number): number {
    this.#owedBytes += bytes;
    if (this.#owedBytes * 2 < this.#sizeBytes) return 0;
    const nowMs = atMs ?? performance.now();
    const isQuick = nowMs - this.#toldAtMs < QUICK_MS;
    this.#toldAtMs = nowMs;
    const increment = this.#owedBytes + (isQuick && waitingBytes === 0 ? this.#grow() : 0);
    this.#owedBytes = 0;
    this.#leftBytes += increment;
    return increment;
  }

  /** It is not used any more. */
  release(): void {
    if (this.#limits.isPooled) pooledBytes += this.#sizeBytes - this.#limits.initialBytes;
    this.#sizeBytes = this.#limits.initialBytes;
  }

  #grow(): number {
    const { initialBytes, unsaidBytes, mostBytes, isPooled } = this.#limits;
    // What it was given at first beyond its size, it keeps.
    const beyond = Math.max(0, unsaidBytes - initialBytes);
    const wanted = Math.max(0, Math.min(this.#sizeBytes, mostBytes - beyond - this.#sizeBytes));
    // No more than is left for others then: one that lasts keeps what it has.
    const more = isPooled ? Math.min(wanted, this.#halfOfPool()) : wanted;
    if (isPooled) pooledBytes -= more;
    this.#sizeBytes += more;
    return more;
  }

  #halfOfPool(): number {
    const grownBytes = this.#sizeBytes - this.#limits.initialBytes;
    return Math.max(0, Math.floor((pooledBytes - grownBytes) / 2));
  }
}
