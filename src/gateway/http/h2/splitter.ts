import { ConnectionFault } from './faults.ts';
import { HEAD_BYTES, MAX_PAYLOAD_BYTES, type Frame } from './frame.ts';

/** Bytes of a connection, as they come, into frames. */
export class Splitter {
  readonly #take: (frame: Frame) => void;
  /** The beginning of a frame whose rest has not come. */
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  /** Until its head is all here, that of a head. */
  #neededBytes = HEAD_BYTES;

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /**
   * Gives on each frame that is whole. Its payload is a part of what was pushed where it can be.
   * @throws ConnectionFault for a frame that is longer than any may be; and what `take` throws
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (this.#heldBytes > 0 && at < chunk.length) {
      const piece = chunk.subarray(at, at + this.#neededBytes - this.#heldBytes);
      at += piece.length;
      this.#hold(piece);
      if (this.#heldBytes === this.#neededBytes) this.#takeHeld();
    }
    if (this.#heldBytes > 0) return;
    while (chunk.length - at >= HEAD_BYTES) {
      const bytes = frameBytes(chunk, at);
      if (chunk.length - at < bytes) break;
      this.#take(frameAt(chunk, at, bytes));
      at += bytes;
    }
    if (at === chunk.length) return;
    const left = chunk.subarray(at);
    this.#hold(left);
    this.#neededBytes = left.length < HEAD_BYTES ? HEAD_BYTES : frameBytes(left, 0);
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
  }

  /** What was waited for is here: a head, or the whole frame. */
  #takeHeld(): void {
    const held = Buffer.concat(this.#pieces, this.#heldBytes);
    const bytes = frameBytes(held, 0);
    this.#pieces = [];
    if (held.length < bytes) {
      this.#pieces.push(held);
      this.#neededBytes = bytes;
      return;
    }
    this.#heldBytes = 0;
    this.#neededBytes = HEAD_BYTES;
    this.#take(frameAt(held, 0, bytes));
  }
}

function frameBytes(bytes: Buffer, at: number): number {
  const payloadBytes = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  if (payloadBytes > MAX_PAYLOAD_BYTES)
    throw new ConnectionFault('frameSizeError', `a frame of ${payloadBytes} bytes`);
  return HEAD_BYTES + payloadBytes;
}

/** The highest bit of an identifier says nothing (RFC 9113, 4.1). */
function frameAt(bytes: Buffer, at: number, length: number): Frame {
  return {
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    id: bytes.readUInt32BE(at + 5) & 0x7fffffff,
    payload: bytes.subarray(at + HEAD_BYTES, at + length),
  };
}
