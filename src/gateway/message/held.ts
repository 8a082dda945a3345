import { giveBack, lendAlone } from './buffer-release.ts';
import { apart } from './own-memory.ts';

/**
 * Bytes that wait for their reader. Those that come are parts of what a socket has read, which stays in memory as long as any
 * part of it does: what is short is copied, so that a peer cannot have much kept by sending little.
 */

/** What copies share. */
const BLOCK_BYTES = 4_096;
/** What is as long as this is not copied, unless it is a small part of its memory. */
const MIN_KEPT_BYTES = 8_192;

/**
 * A `highWaterMark` for Node's streams, whose queues count bytes, and not what each piece takes, which is hundreds of times as much for one of
 * a byte. So each holds one piece, however short, and what else comes waits where it is held so, or with who sends it.
 */
export const ONE_PIECE = 1;

/** First in, first out; whoever takes them has them as they came, or as a copy. */
export class Held {
  #pieces: Buffer[] = [];
  /** The last piece, while there is room in it. */
  #block: Buffer | undefined;
  #blockUsed = 0;
  #bytes = 0;
  #occupiedBytes = 0;

  /** All of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What they take of memory. */
  get occupiedBytes(): number {
    return this.#occupiedBytes;
  }

  /** As the last. True: as a copy, as what is short is. */
  add(given: Uint8Array): boolean {
    const bytes = asBuffer(given);
    if (bytes.length >= MIN_KEPT_BYTES) {
      const own = apart(bytes);
      this.keep(own);
      return own !== bytes;
    }
    this.#bytes += bytes.length;
    for (let at = 0; at < bytes.length;) at += this.#copy(bytes, at);
    return true;
  }

  /** The same, of what nobody else looks into: where it was copied, it is given back. */
  addLent(bytes: Buffer): void {
    if (this.add(bytes)) giveBack(bytes);
  }

  /** As it is, however short: where it is taken at once. */
  keep(bytes: Buffer): void {
    this.#endBlock();
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#occupiedBytes += Math.max(bytes.length, BLOCK_BYTES);
  }

  /** The first of it; undefined: there is none. */
  take(): Buffer | undefined {
    if (this.#pieces.length === 1) this.#endBlock();
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    this.#bytes -= piece.length;
    this.#occupiedBytes -= Math.max(piece.length, BLOCK_BYTES);
    return piece;
  }

  takeAll(): Buffer {
    this.#endBlock();
    const [first = NOTHING, ...more] = this.#pieces;
    this.drop();
    return more.length === 0 ? first : Buffer.concat([first, ...more]);
  }

  drop(): void {
    this.#pieces = [];
    this.#block = undefined;
    this.#bytes = 0;
    this.#occupiedBytes = 0;
  }

  #copy(bytes: Buffer, at: number): number {
    const block = this.#block ?? this.#beginBlock();
    const copied = bytes.copy(block, this.#blockUsed, at);
    this.#blockUsed += copied;
    if (this.#blockUsed === block.length) this.#endBlock();
    return copied;
  }

  #beginBlock(): Buffer {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#pieces.push(block);
    this.#occupiedBytes += block.length;
    this.#block = block;
    this.#blockUsed = 0;
    return block;
  }

  #endBlock(): void {
    if (this.#block === undefined) return;
    const piece = this.#block.subarray(0, this.#blockUsed);
    this.#pieces[this.#pieces.length - 1] = piece;
    this.#block = undefined;
    lendAlone(piece);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
