import { ConnectionFault } from '../faults.ts';
import { giveBack, lend } from '../../../message/buffer-release.ts';
import { Beginning } from '../../../message/own-memory.ts';
import { FLAG, HEAD_BYTES, MAX_PAYLOAD_BYTES, TYPE, type Frame, type FrameHead } from './frame.ts';

/**
 * Splits incoming bytes into frames. It does not wait for content: it passes on the arrived part of a content frame as
 * a separate frame, which saves a copy and has the same meaning (RFC 9113, 6.1). It also joins the arrived parts of
 * consecutive frames of one stream, because a read often ends within a frame, and two halves cost twice as much as a
 * whole.
 */
export class Splitter {
  readonly #take: (frame: Frame) => void;
  /** The beginning of an incomplete frame. */
  readonly #begun = new Beginning();
  /** The length of that frame, or of a head while the head is incomplete. */
  #neededBytes = HEAD_BYTES;
  /** The head of content that is passed on in parts, and the number of its missing bytes. */
  #open: FrameHead | undefined;
  #openBytes = 0;
  /** Content bytes of the current chunk. */
  #contentBytes = 0;
  /** Whether other parts of the chunk were passed on, which the receiver may keep. */
  #isMixed = false;

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /**
   * Passes on each complete frame. Its payload is a part of `chunk` where possible, which this method modifies for
   * that.
   * @throws ConnectionFault for a frame that is too long; whatever `take` throws
   */
  push(chunk: Buffer): void {
    lend(chunk);
    this.#contentBytes = 0;
    this.#isMixed = false;
    // Save the length, because the receiver of content may copy it and free the memory.
    const { length } = chunk;
    let at = 0;
    while (at < length) {
      if (this.#open !== undefined) at = this.#takePart(this.#open, chunk, at);
      else if (this.#begun.length > 0) at = this.#takeRest(chunk, at);
      else at = this.#takeNext(chunk, at);
    }
    if (!this.#isMixed) giveBack(chunk, length - this.#contentBytes);
  }

  /** Reads a frame, or the beginning of one, when nothing is held. */
  #takeNext(chunk: Buffer, at: number): number {
    const left = chunk.length - at;
    const bytes = left < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + payloadBytesAt(chunk, at);
    if (left < HEAD_BYTES || (left < bytes && !isPlainContent(chunk, at))) {
      this.#neededBytes = bytes;
      this.#begun.add(chunk.subarray(at), bytes);
      return chunk.length;
    }
    const start = at + HEAD_BYTES;
    const isContent = isPlainContent(chunk, at);
    if (isContent && bytes > HEAD_BYTES) {
      this.#begin(headAt(chunk, at), bytes - HEAD_BYTES);
      return start;
    }
    if (!isContent) this.#isMixed = true;
    this.#take(frameAt(chunk, at, chunk.subarray(start, at + bytes)));
    return at + bytes;
  }

  #begin(head: FrameHead, payloadBytes: number): void {
    this.#open = head;
    this.#openBytes = payloadBytes;
  }

  #takePart(head: FrameHead, chunk: Buffer, at: number): number {
    const { type, flags, id } = head;
    const end = Math.min(chunk.length, at + this.#openBytes);
    const isEnd = end - at === this.#openBytes;
    const mayGoOn = isEnd && (flags & FLAG.endStream) === 0 && end - at < MAX_PAYLOAD_BYTES;
    if (mayGoOn && isMoreOf(id, chunk, end)) {
      this.#begin(headAt(chunk, end), end - at + payloadBytesAt(chunk, end));
      // Overwrites the head between the two, so that the content of both is in one piece. It moves at most a frame's
      // length.
      chunk.copyWithin(at + HEAD_BYTES, at, end);
      return at + HEAD_BYTES;
    }
    this.#openBytes -= end - at;
    this.#contentBytes += end - at;
    if (isEnd) this.#open = undefined;
    this.#take({ type, flags: isEnd ? flags : 0, id, payload: chunk.subarray(at, end) });
    return end;
  }

  /** Adds to an incomplete head or frame. */
  #takeRest(chunk: Buffer, at: number): number {
    const begun = this.#begun;
    const piece = chunk.subarray(at, at + this.#neededBytes - begun.length);
    begun.add(piece, this.#neededBytes);
    const end = at + piece.length;
    if (begun.length < this.#neededBytes) return end;
    const bytes = HEAD_BYTES + payloadBytesAt(begun.bytes, 0);
    if (begun.length < bytes && !isPlainContent(begun.bytes, 0)) {
      this.#neededBytes = bytes;
      return end;
    }
    const frame = begun.take();
    if (frame.length === bytes) this.#take(frameAt(frame, 0, frame.subarray(HEAD_BYTES)));
    else this.#begin(headAt(frame, 0), bytes - HEAD_BYTES);
    return end;
  }
}

function payloadBytesAt(bytes: Buffer, at: number): number {
  const payloadBytes = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  if (payloadBytes > MAX_PAYLOAD_BYTES)
    throw new ConnectionFault('frameSizeError', `a frame of ${payloadBytes} bytes`);
  return payloadBytes;
}

/** Padding is known only with its whole frame. */
function isPlainContent(bytes: Buffer, at: number): boolean {
  return bytes[at + 3] === TYPE.data && ((bytes[at + 4] ?? 0) & FLAG.padded) === 0;
}

/**
 * Returns whether another frame with content of this stream begins there. An empty one does not count, because the
 * receiver counts it.
 */
function isMoreOf(id: number, chunk: Buffer, at: number): boolean {
  return (
    chunk.length - at > HEAD_BYTES &&
    isPlainContent(chunk, at) &&
    idAt(chunk, at) === id &&
    payloadBytesAt(chunk, at) > 0
  );
}

/** Returns the stream's ID without its highest bit, which has no meaning (RFC 9113, 4.1). */
function idAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 5) & 0x7fffffff;
}

function headAt(bytes: Buffer, at: number): FrameHead {
  return { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, id: idAt(bytes, at) };
}

/** Writes members out, as in live-policy.ts. */
function frameAt(bytes: Buffer, at: number, payload: Buffer): Frame {
  return { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, id: idAt(bytes, at), payload };
}
