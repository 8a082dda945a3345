/** Bounds how much a peer may send before it gets more window (RFC 9113, 5.2). */

/**
 * Bytes by which all streams' windows of all connections may grow together, which bounds the memory for further unread
 * content.
 */
const POOL_BYTES = 6 * 1024 ** 2;
let pooledBytes = POOL_BYTES;

/** If a peer uses half of a window within this time, in milliseconds, the window is too small for its distance. */
const QUICK_MS = 200;

export interface WindowLimits {
  readonly initialBytes: number;
  /** Bytes that the peer may have sent before it knew the initial size. */
  readonly unsaidBytes: number;
  readonly mostBytes: number;
  /** Whether its growth is taken from the shared pool. */
  readonly isPooled: boolean;
}

/** A receive window. It doubles when the peer fills it and the reader empties it. */
export class ReceiveWindow {
  readonly #limits: WindowLimits;
  #sizeBytes: number;
  /** Bytes that the peer may still send. */
  #leftBytes: number;
  /** Bytes that the reader has taken, and that the peer does not know of. */
  #owedBytes = 0;
  #toldAtMs = -Infinity;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#sizeBytes = limits.initialBytes;
    this.#leftBytes = Math.max(limits.initialBytes, limits.unsaidBytes);
  }

  /** Counts received bytes. Returns false where the peer exceeded the window. */
  receive(bytes: number): boolean {
    this.#leftBytes -= bytes;
    return this.#leftBytes >= 0;
  }

  /**
   * Counts bytes that the reader has taken. `waitingBytes`: the bytes that it has not taken. Returns the increment to
   * send to the peer. 0: none yet.
   */
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

  /** Returns its growth to the pool. Call it when the window is not used any more. */
  release(): void {
    if (this.#limits.isPooled) pooledBytes += this.#sizeBytes - this.#limits.initialBytes;
    this.#sizeBytes = this.#limits.initialBytes;
  }

  #grow(): number {
    const { initialBytes, unsaidBytes, mostBytes, isPooled } = this.#limits;
    // The peer keeps what it got beyond the initial size.
    const beyond = Math.max(0, unsaidBytes - initialBytes);
    const wanted = Math.max(0, Math.min(this.#sizeBytes, mostBytes - beyond - this.#sizeBytes));
    // Takes at most as much as it leaves for others, because a long-lived window keeps what it has.
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
