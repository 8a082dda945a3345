import type { Writable } from 'node:stream';

/**
 * How much may wait for one connection to take it. The default of Node's streams, 16 KiB, makes them stop and start with every
 * TLS record; much more for each would be too much for many. So all that are busy share what there is.
 */

const ALL_BYTES = 2 * 1024 ** 2;
const LEAST_BYTES = 16 * 1024;
const MOST_BYTES = 1024 ** 2;

/** Backlogs that hold bytes just now. */
let busy = 0;

/** What is written to one connection, and says itself when there is too much of it. */
export class Backlog {
  readonly #to: Writable;
  #isBusy = false;
  #waiting: (() => void)[] = [];
  readonly #taken = (): void => {
    const left = this.#to.destroyed ? 0 : this.#to.writableLength;
    if (left === 0) this.#setBusy(false);
    if (this.#waiting.length === 0 || left > limitBytes() / 2) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  };

  /** `to`: a connection. What becomes of it is its owner's to hear: nothing is thrown here, and a broken one takes all. */
  constructor(to: Writable) {
    this.#to = to;
    to.once('close', this.#taken);
  }

  /** Writes these as one; true while more may follow at once, else after `whenTaken`. */
  write(...pieces: readonly Uint8Array[]): boolean {
    const last = pieces.at(-1);
    if (this.#to.destroyed || last === undefined) return true;
    this.#setBusy(true);
    if (pieces.length > 1) this.#to.cork();
    for (const piece of pieces.slice(0, -1)) this.#to.write(piece);
    this.#to.write(last, this.#taken);
    if (pieces.length > 1) this.#to.uncork();
    return this.#to.writableLength <= limitBytes();
  }

  /** Calls back, once, when more may follow. */
  whenTaken(goOn: () => void): void {
    if (this.#to.destroyed || this.#to.writableLength === 0) process.nextTick(goOn);
    else this.#waiting.push(goOn);
  }

  #setBusy(isBusy: boolean): void {
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    busy += isBusy ? 1 : -1;
  }
}

function limitBytes(): number {
  return Math.max(LEAST_BYTES, Math.min(MOST_BYTES, ALL_BYTES / busy));
}
