import type { Writable } from 'node:stream';
import { giveBack } from '../../message/buffer-release.ts';

/**
 * Bounds the bytes that wait for one connection. The default of Node's streams, 16 KiB, stops and restarts them with
 * every TLS record, as each connection here does for its first 128 KiB. Much more for each would be too much in total.
 * So all busy connections share a budget.
 */

/** Maximum of bytes that all may hold, besides the minimum of each and one more write. */
const ALL_BYTES = 2 * 1024 ** 2;
const LEAST_BYTES = 16 * 1024;
/**
 * A connection may hold this part of the bytes that it has taken so far. Node's TLS keeps memory for its largest write
 * (`set_allocate_tls_hint`).
 */
const PART_OF_TAKEN = 1 / 8;
/** Cost of a write besides its bytes, which may be few. */
const WRITE_COST_BYTES = 512;

const NOTHING = new Uint8Array();

/** Number of backlogs that hold bytes. */
let busy = 0;
/** Bytes that all of them hold. */
let heldBytes = 0;

/** Writes to one connection, and reports when too much waits. */
export class Backlog {
  readonly #to: Writable;
  /** Number of writes that the connection has not taken yet. */
  #pending = 0;
  /** Bytes of those writes. */
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

  /**
   * `to`: a connection that emits `close` at any end. Its owner handles its errors. This never throws, and a broken
   * connection takes everything.
   */
  constructor(to: Writable) {
    this.#to = to;
    to.once('close', () => {
      this.#hold(-this.#heldBytes);
      this.#goOn();
    });
  }

  /**
   * Writes these pieces as one. Returns true while more may follow at once; otherwise, more may follow after
   * `whenTaken`. Gives `lent`, one of the pieces, back after its write.
   */
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

  /** Calls back once, when more may follow. */
  whenTaken(goOn: () => void): void {
    this.#wait(this.#untilSome, goOn);
  }

  /** Calls back once, when everything written up to now, by any code, is taken. */
  whenEmpty(goOn: () => void): void {
    this.#wait(this.#untilAll, goOn);
  }

  #wait(until: (() => void)[], goOn: () => void): void {
    if (this.#to.destroyed || this.#to.writableLength === 0) return process.nextTick(goOn);
    until.push(goOn);
    // Other code wrote the waiting bytes. This write is taken after them.
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
      // After a close, nothing is held.
      this.#hold(-Math.min(bytes, this.#heldBytes));
      this.#goOn();
    };
  }

  /**
   * Returns its part of the total, and at most half of what the others have left. So a connection without a reader
   * keeps only what it has.
   */
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
