import { Beginning } from '../../message/own-memory.ts';
import { applyMask } from './mask.ts';

/** Frames of a WebSocket (RFC 6455, 5.2). A client's frames are masked, a host's are not. */

export interface Frame {
  /** 0 continues a message, 1 and 2 start one. From 8 on, a frame belongs to no message. */
  readonly opcode: number;
  readonly isFinal: boolean;
  /** The unmasked payload. */
  readonly payload: Buffer;
  /** The frame with its original head. The payload is its end. Only frames that arrived together share memory. */
  readonly bytes: Buffer;
}

/** From this opcode on, a frame belongs to no message. */
export const FIRST_CONTROL = 8;

/** Longer messages are refused, because nothing of a message passes before its whole inspection. */
export const MAX_MESSAGE_BYTES = 4 * 1024 ** 2;

/** Bytes of the shortest head. */
const LEAST_BYTES = 2;
const KEY_BYTES = 4;

/** An invalid or too long frame. The message is a clause for people. */
export class BadFrame extends Error {}

/** The sender of the frames. */
export type Sender = 'client' | 'upstream';

/** Splits a stream of bytes into frames. */
export class FrameReader {
  readonly #sender: Sender;
  /** The beginning of an incomplete frame. */
  readonly #begun = new Beginning();
  /** Bytes that must be there before another attempt. The memory is never larger. */
  #needed = LEAST_BYTES;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Bytes held for an incomplete frame. */
  get heldBytes(): number {
    return this.#begun.memoryBytes;
  }

  /** Returns the frames that are complete by now. @throws BadFrame */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    const rest = this.#begun.length === 0 ? bytes : this.#goOn(bytes, frames);
    if (rest.length > 0) this.#begin(rest, frames);
    return frames;
  }

  /** Drops an incomplete frame. Call it when nothing more is read. */
  forget(): void {
    this.#take();
  }

  /** Adds to the incomplete frame, and returns the bytes after its end. */
  #goOn(bytes: Uint8Array, frames: Frame[]): Uint8Array {
    const begun = this.#begun;
    let at = 0;
    while (begun.length > 0 && at < bytes.length) {
      const missing = bytes.subarray(at, at + this.#needed - begun.length);
      begun.add(missing, this.#needed);
      at += missing.length;
      if (begun.length < this.#needed) break;
      this.#needed = bytesNeeded(begun.bytes, 0, this.#sender);
      if (this.#needed === begun.length) frames.push(readFrame(this.#take()));
    }
    return bytes.subarray(at);
  }

  /** Reads frames from the start of the bytes, and holds an incomplete one. */
  #begin(bytes: Uint8Array, frames: Frame[]): void {
    const lengths: number[] = [];
    let end = 0;
    let needed = bytesNeeded(bytes, end, this.#sender);
    for (; end + needed <= bytes.length; needed = bytesNeeded(bytes, end, this.#sender)) {
      lengths.push(needed);
      end += needed;
    }
    // Copies the bytes, because frames are unmasked in place.
    const whole = Buffer.from(bytes.subarray(0, end));
    let at = 0;
    for (const length of lengths) frames.push(readFrame(whole.subarray(at, (at += length))));
    this.#needed = needed;
    if (end < bytes.length) this.#begun.add(bytes.subarray(end), needed);
  }

  #take(): Buffer {
    this.#needed = LEAST_BYTES;
    return this.#begun.take();
  }
}

/**
 * Returns the length of the frame at this position. If its head is incomplete, returns the bytes needed to continue.
 * @throws BadFrame
 */
function bytesNeeded(bytes: Uint8Array, from: number, sender: Sender): number {
  const [first, second] = [bytes[from], bytes[from + 1]];
  if (first === undefined || second === undefined) return LEAST_BYTES;
  // The gateway agrees on no extension, which could give these bits a meaning.
  if ((first & 0x70) !== 0) throw new BadFrame('has reserved bits set');
  const isMasked = (second & 0x80) !== 0;
  if (isMasked !== (sender === 'client')) throw new BadFrame(isMasked ? 'is masked' : 'is not masked');
  const sizeEnd = sizeEndOf(second);
  if (bytes.length - from < sizeEnd) return sizeEnd;
  let length = sizeEnd === LEAST_BYTES ? second & 0x7f : 0;
  for (let at = LEAST_BYTES; at < sizeEnd; at += 1) length = length * 256 + (bytes[from + at] ?? 0);
  if (length > MAX_MESSAGE_BYTES) throw new BadFrame(`is longer than ${MAX_MESSAGE_BYTES} bytes`);
  return sizeEnd + (isMasked ? KEY_BYTES : 0) + length;
}

/** Returns where the length of a frame ends, and its mask or payload begins. */
function sizeEndOf(second: number): number {
  const short = second & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** Reads a complete frame, which is all of `bytes`. */
function readFrame(bytes: Buffer): Frame {
  const [first = 0, second = 0] = bytes;
  const isMasked = (second & 0x80) !== 0;
  const sizeEnd = sizeEndOf(second);
  const start = sizeEnd + (isMasked ? KEY_BYTES : 0);
  const payload = bytes.subarray(start);
  if (isMasked) applyMask(payload, bytes.subarray(sizeEnd, start));
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload, bytes };
}
