import { giveBack, lendAlone } from './buffer-release.ts';
import { apart } from './own-memory.ts';

/**
 * Holds bytes until their reader takes them. Incoming pieces are parts of a socket's read, which stays in memory while
 * any part of it is referenced. So this copies short pieces, because otherwise a peer could make the gateway hold much
 * memory by sending little.
 */

/** Size in bytes of a block that copies share. */
const BLOCK_BYTES = 4_096;
/** Pieces of this length are not copied, unless they are a small part of their memory. */
const MIN_KEPT_BYTES = 8_192;

/**
 * A `highWaterMark` for Node's streams, whose queues count bytes, not memory. A piece of one byte takes hundreds of
 * times as much. So each queue holds one piece, however short. Further pieces wait in a `Held`, or at the sender.
 */
export const ONE_PIECE = 1;

/** First in, first out. The taker gets bytes as they came, or a copy. */
export class Held {
  #pieces: Buffer[] = [];
  /** The last piece, while it has room. */
  #block: Buffer | undefined;
  #blockUsed = 0;
  #bytes = 0;
  #occupiedBytes = 0;

  /** All held bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of memory that the held bytes take. */
  get occupiedBytes(): number {
    return this.#occupiedBytes;
  }

  /** Adds bytes at the end. Returns true if it copied them, as it does with short ones. */
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

  /** Adds bytes that no other code inspects. Gives back their memory if it copied them. */
  addLent(bytes: Buffer): void {
    if (this.add(bytes)) giveBack(bytes);
  }

  /** Adds bytes without a copy, however short: for bytes that are taken at once. */
  keep(bytes: Buffer): void {
    this.#endBlock();
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#occupiedBytes += Math.max(bytes.length, BLOCK_BYTES);
  }

  /** Takes the first piece. Undefined: there is none. */
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
