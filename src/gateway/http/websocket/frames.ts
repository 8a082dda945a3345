import { applyMask } from './mask.ts';

/** Frames of a WebSocket (RFC 6455, 5.2): those of a client are masked, those of a host are not. */

export interface Frame {
  /** Of a message: 0 goes on with one, 1 and 2 begin one; from 8 on a frame of its own. */
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Unmasked. */
  readonly payload: Buffer;
  /** With the head as it was sent; the payload is the end of it. Nobody else has this memory. */
  readonly bytes: Buffer;
}

/** Longer ones are refused: nothing of a message leaves before all of it was looked at. */
export const MAX_MESSAGE_BYTES = 4 * 1024 ** 2;

/** Not as frames should be, or too long; the message is a clause for people. */
export class BadFrame extends Error {}

/** Who sends. */
export type Sender = 'client' | 'host';

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #sender: Sender;
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** So many bytes must be there before looking again makes sense. */
  #needed = 2;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** The frames that are whole by now. @throws BadFrame */
  push(bytes: Uint8Array): Frame[] {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return [];
    // A copy, also of one chunk: frames are unmasked where they are.
    let rest = Buffer.concat(this.#chunks);
    const frames: Frame[] = [];
    let read = readFrame(rest, this.#sender);
    for (; typeof read !== 'number'; read = readFrame(rest, this.#sender)) {
      frames.push(read);
      rest = rest.subarray(read.bytes.length);
    }
    [this.#chunks, this.#length, this.#needed] = [[rest], rest.length, read];
    return frames;
  }
}

/** The first frame, or how many bytes are needed to say more. */
function readFrame(bytes: Buffer, sender: Sender): Frame | number {
  const [first, second] = [bytes[0], bytes[1]];
  if (first === undefined || second === undefined) return 2;
  // No extension was agreed on that could give these bits a meaning.
  if ((first & 0x70) !== 0) throw new BadFrame('has reserved bits set');
  const isMasked = (second & 0x80) !== 0;
  if (isMasked !== (sender === 'client')) throw new BadFrame(isMasked ? 'is masked' : 'is not masked');
  const size = sizeOf(bytes, second & 0x7f);
  if (typeof size === 'number') return size;
  const start = size.end + (isMasked ? 4 : 0);
  const end = start + size.length;
  if (bytes.length < end) return end;
  const payload = bytes.subarray(start, end);
  if (isMasked) applyMask(payload, bytes.subarray(size.end, start));
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload, bytes: bytes.subarray(0, end) };
}

/** The length, and where the mask begins; or how many bytes are needed for that. */
function sizeOf(bytes: Buffer, short: number): { length: number; end: number } | number {
  if (short < 126) return { length: short, end: 2 };
  const end = short === 126 ? 4 : 10;
  if (bytes.length < end) return end;
  const length = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > MAX_MESSAGE_BYTES) throw new BadFrame(`is longer than ${MAX_MESSAGE_BYTES} bytes`);
  return { length, end };
}
