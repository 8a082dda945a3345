import { Beginning } from '../../message/own-memory.ts';
import { applyMask } from './mask.ts';

/** Frames of a WebSocket (RFC 6455, 5.2): those of a client are masked, those of a host are not. */

export interface Frame {
  /** Of a message: 0 goes on with one, 1 and 2 begin one; from 8 on a frame of its own. */
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Unmasked. */
  readonly payload: Buffer;
  /** With the head as it was sent; the payload is the end of it. Only frames that came together share memory. */
  readonly bytes: Buffer;
}

/** From this opcode on, a frame is of no message. */
export const FIRST_CONTROL = 8;

/** Longer ones are refused: nothing of a message leaves before all of it was looked at. */
export const MAX_MESSAGE_BYTES = 4 * 1024 ** 2;

/** Of the shortest head. */
const LEAST_BYTES = 2;
const KEY_BYTES = 4;

/** Not as frames should be, or too long; the message is a clause for people. */
export class BadFrame extends Error {}

/** Who sends. */
export type Sender = 'client' | 'upstream';

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #sender: Sender;
  /** Of a frame that is not whole. */
  readonly #begun = new Beginning();
  /** So many bytes must be there before looking again makes sense; there is never room for more. */
  #needed = LEAST_BYTES;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** What is kept of a frame that is not whole. */
  get heldBytes(): number {
    return this.#begun.memoryBytes;
  }

  /** The frames that are whole by now. @throws BadFrame */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    const rest = this.#begun.length === 0 ? bytes : this.#goOn(bytes, frames);
    if (rest.length > 0) this.#begin(rest, frames);
    return frames;
  }

  /** Keeps nothing of a frame that is not whole: to be called when nothing more is read. */
  forget(): void {
    this.#take();
  }

  /** Adds to the frame that has begun, and gives what is behind its end. */
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

  /** Reads what begins with a frame, and keeps what is no whole one. */
  #begin(bytes: Uint8Array, frames: Frame[]): void {
    const lengths: number[] = [];
    let end = 0;
    let needed = bytesNeeded(bytes, end, this.#sender);
    for (; end + needed <= bytes.length; needed = bytesNeeded(bytes, end, this.#sender)) {
      lengths.push(needed);
      end += needed;
    }
    // A copy: frames are unmasked where they are.
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

/** How long the frame is that begins there; where its head is not whole, how many bytes are needed to say more. @throws BadFrame */
function bytesNeeded(bytes: Uint8Array, from: number, sender: Sender): number {
  const [first, second] = [bytes[from], bytes[from + 1]];
  if (first === undefined || second === undefined) return LEAST_BYTES;
  // No extension was agreed on that could give these bits a meaning.
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

/** Where the length of a frame ends, and its mask or payload begins. */
function sizeEndOf(second: number): number {
  const short = second & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** A whole one, which `bytes` ends with. */
function readFrame(bytes: Buffer): Frame {
  const [first = 0, second = 0] = bytes;
  const isMasked = (second & 0x80) !== 0;
  const sizeEnd = sizeEndOf(second);
  const start = sizeEnd + (isMasked ? KEY_BYTES : 0);
  const payload = bytes.subarray(start);
  if (isMasked) applyMask(payload, bytes.subarray(sizeEnd, start));
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload, bytes };
}
