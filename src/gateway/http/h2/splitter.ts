import { ConnectionFault } from './faults.ts';
import { giveBack, lend } from '../../message/buffer-release.ts';
import { Beginning } from '../../message/own-memory.ts';
import { FLAG, HEAD_BYTES, MAX_PAYLOAD_BYTES, TYPE, type Frame, type FrameHead } from './frame.ts';

/**
 * Bytes of a connection, as they come, into frames. Content is not waited for: what is here of a frame of it is given on as if
 * it were a frame of its own, which spares copying it, and means the same (RFC 9113, 6.1). So does what is here of several
 * frames of one stream that follow each other: a read ends where a frame does not, and two halves cost twice as much as a whole.
 */
export class Splitter {
  readonly #take: (frame: Frame) => void;
  /** Of a frame whose rest has not come. */
  readonly #begun = new Beginning();
  /** Until its head is all here, that of a head. */
  #neededBytes = HEAD_BYTES;
  /** Of content that is given on in parts: its head, and what has not come. */
  #open: FrameHead | undefined;
  #openBytes = 0;
  /** Of the chunk that is looked at: what is content. */
  #contentBytes = 0;
  /** Something else of it was given on, and may be kept. */
  #isMixed = false;

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /**
   * Gives on each frame that is whole. Its payload is a part of what was pushed where it can be, which is changed for that.
   * @throws ConnectionFault for a frame that is longer than any may be; and what `take` throws
   */
  push(chunk: Buffer): void {
    lend(chunk);
    this.#contentBytes = 0;
    this.#isMixed = false;
    // Who takes content may copy it, and free the memory with that: it is not asked for its length again.
    const { length } = chunk;
    let at = 0;
    while (at < length) {
      if (this.#open !== undefined) at = this.#takePart(this.#open, chunk, at);
      else if (this.#begun.length > 0) at = this.#takeRest(chunk, at);
      else at = this.#takeNext(chunk, at);
    }
    if (!this.#isMixed) giveBack(chunk, length - this.#contentBytes);
  }

  /** From here on, nothing is held: a whole frame, or the beginning of one. */
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
      // Over the head between the two: the content of both is then in one piece. It is moved no further than a frame is long.
      chunk.copyWithin(at + HEAD_BYTES, at, end);
      return at + HEAD_BYTES;
    }
    this.#openBytes -= end - at;
    this.#contentBytes += end - at;
    if (isEnd) this.#open = undefined;
    this.#take({ type, flags: isEnd ? flags : 0, id, payload: chunk.subarray(at, end) });
    return end;
  }

  /** More of a head, or of a frame that is waited for as a whole. */
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

/** Padding is known only with its frame. */
function isPlainContent(bytes: Buffer, at: number): boolean {
  return bytes[at + 3] === TYPE.data && ((bytes[at + 4] ?? 0) & FLAG.padded) === 0;
}

/** Whether what begins there is a frame of content of this stream again. One without any is none: it is counted. */
function isMoreOf(id: number, chunk: Buffer, at: number): boolean {
  return (
    chunk.length - at > HEAD_BYTES &&
    isPlainContent(chunk, at) &&
    idAt(chunk, at) === id &&
    payloadBytesAt(chunk, at) > 0
  );
}

/** The highest bit of an identifier says nothing (RFC 9113, 4.1). */
function idAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 5) & 0x7fffffff;
}

function headAt(bytes: Buffer, at: number): FrameHead {
  return { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, id: idAt(bytes, at) };
}

/** Written out, as in live-policy.ts. */
function frameAt(bytes: Buffer, at: number, payload: Buffer): Frame {
  return { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, id: idAt(bytes, at), payload };
}
