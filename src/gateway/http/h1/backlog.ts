import type { Writable } from 'node:stream';
import { giveBack } from '../../message/buffer-release.ts';

/**
 * How much may wait for one connection to take it. The default of Node's streams, 16 KiB, makes them stop and start with every
 * TLS record, as each does here for its first 128 KiB; much more for each would be too much for many. So all that are busy share what there is.
 */

/** What all may hold, but for the least of each, and one write more. */
const ALL_BYTES = 2 * 1024 ** 2;
const LEAST_BYTES = 16 * 1024;
/** One may hold so much of what it has taken by now. Node's TLS keeps memory for the most that it was ever given at once (`set_allocate_tls_hint`). */
const PART_OF_TAKEN = 1 / 8;
/** What a write takes besides its bytes, which may be few. */
const WRITE_COST_BYTES = 512;

const NOTHING = new Uint8Array();

/** Backlogs that hold bytes just now. */
let busy = 0;
/** What all of them hold. */
let heldBytes = 0;

/** What is written to one connection, and says itself when there is too much of it. */
export class Backlog {
  readonly #to: Writable;
  /** Writes that are not taken yet. */
  #pending = 0;
  /** And their bytes. */
  #heldBytes = 0;
  #takenBytes = 0;
  #isBusy = false;
  readonly #untilSome: (() => void)[] = [];
  readonly #untilAll: (() => void)[] = [];
  readonly #goOn = (): void => {
    const isAll = this.#pending === 0 || this.#to.destroyed;
    if (isAll) this.#setBusy(false);
    if (isAll) callAll(this.#untilAll);
    if (isAll || this.#waitingBytes <= this.#limitBytes() / 2) callAll(this.#untilSome);
  };

  /** `to`: a connection, which says `close` however it ends. What becomes of it is its owner's to hear: nothing is thrown here, and a broken one takes all. */
  constructor(to: Writable) {
    this.#to = to;
    to.once('close', () => {
      this.#hold(-this.#heldBytes);
      this.#goOn();
    });
  }

  /** Writes these as one; true while more may follow at once, else after `whenTaken`. `lent`, one of them, is given back then. */
  write(pieces: readonly Uint8Array[], lent?: Uint8Array): boolean {
    const last = pieces.at(-1);
    if (this.#to.destroyed || last === undefined) return true;
    this.#setBusy(true);
    this.#pending += 1;
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    this.#hold(bytes);
    if (pieces.length > 1) this.#to.cork();
    for (const piece of pieces.slice(0, -1)) this.#to.write(piece);
    this.#to.write(last, this.#written(bytes, lent));
    if (pieces.length > 1) this.#to.uncork();
    return this.#waitingBytes <= this.#limitBytes();
  }

  /** Calls back, once, when more may follow. */
  whenTaken(goOn: () => void): void {
    this.#wait(this.#untilSome, goOn);
  }

  /** Calls back, once, when all is taken that was written up to now, by whomever. */
  whenEmpty(goOn: () => void): void {
    this.#wait(this.#untilAll, goOn);
  }

  #wait(until: (() => void)[], goOn: () => void): void {
    if (this.#to.destroyed || this.#to.writableLength === 0) return process.nextTick(goOn);
    until.push(goOn);
    // What waits was written by another: this is taken after it.
    if (this.#pending === 0) this.write([NOTHING]);
  }

  get #waitingBytes(): number {
    return Math.max(this.#to.writableLength, this.#pending * WRITE_COST_BYTES);
  }

  #written(bytes: number, lent: Uint8Array | undefined): (error?: Error | null) => void {
    return (error) => {
      if (!error && lent !== undefined) giveBack(lent);
      this.#pending -= 1;
      this.#takenBytes += bytes;
      // Where it is closed, nothing is held by then.
      this.#hold(-Math.min(bytes, this.#heldBytes));
      this.#goOn();
    };
  }

  /** Its part of what all may hold, and of what the others have left no more than half: one that nobody reads from keeps what it has. */
  #limitBytes(): number {
    const leftBytes = ALL_BYTES - (heldBytes - this.#heldBytes);
    return Math.max(LEAST_BYTES, Math.min(this.#takenBytes * PART_OF_TAKEN, ALL_BYTES / busy, leftBytes / 2));
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    heldBytes += bytes;
  }

  #setBusy(isBusy: boolean): void {
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    busy += isBusy ? 1 : -1;
  }
}

function callAll(waiting: (() => void)[]): void {
  if (waiting.length > 0) for (const goOn of waiting.splice(0)) goOn();
}
