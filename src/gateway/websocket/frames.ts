/** WebSocket frames as a client sends them (RFC 6455, 5.2), read as they come: what they say, unmasked, without keeping them. */

export type FrameReading = { readonly pieces: readonly Uint8Array[] } | { readonly fault: string };

const OPCODE_MASK = 0x0f;
const KNOWN = new Set([0x0, 0x1, 0x2, 0x8, 0x9, 0xa]);
const FIRST_CONTROL = 0x8;
const MAX_CONTROL_BYTES = 125;
const LONGEST_HEAD = 14;

/** Reads frames out of any pieces of bytes. After a fault, nothing more can be read. */
export class FrameReader {
  /** The beginning of a frame's head. */
  #head = Buffer.alloc(0);
  /** Of the frame that is being read. */
  #left = 0;
  #mask: Uint8Array = new Uint8Array(4);
  #at = 0;
  #fault: string | undefined;

  /** What the frames in these bytes carry, in order; or what is wrong with them. */
  read(bytes: Uint8Array): FrameReading {
    const pieces: Uint8Array[] = [];
    let rest: Uint8Array = bytes;
    while (rest.length > 0 && this.#fault === undefined) {
      rest = this.#left > 0 ? this.#payload(rest, pieces) : this.#begin(rest);
    }
    return this.#fault === undefined ? { pieces } : { fault: this.#fault };
  }

  #payload(bytes: Uint8Array, pieces: Uint8Array[]): Uint8Array {
    const size = Math.min(this.#left, bytes.length);
    const piece = new Uint8Array(size);
    for (let index = 0; index < size; index += 1) {
      piece[index] = (bytes[index] ?? 0) ^ (this.#mask[(this.#at + index) & 3] ?? 0);
    }
    pieces.push(piece);
    this.#at += size;
    this.#left -= size;
    return bytes.subarray(size);
  }

  #begin(bytes: Uint8Array): Uint8Array {
    const known = this.#head.length;
    const head = Buffer.concat([this.#head, bytes.subarray(0, LONGEST_HEAD - known)]);
    const read = readHead(head);
    if (read === undefined) {
      this.#head = head;
      return bytes.subarray(head.length - known);
    }
    if ('fault' in read) {
      this.#fault = read.fault;
      return bytes;
    }
    this.#head = Buffer.alloc(0);
    this.#left = read.length;
    this.#mask = read.mask;
    this.#at = 0;
    return bytes.subarray(read.headBytes - known);
  }
}

type Head =
  | { readonly length: number; readonly mask: Uint8Array; readonly headBytes: number }
  | { readonly fault: string }
  | undefined;

function readHead(head: Buffer): Head {
  const [first = 0, second] = head;
  if (second === undefined) return undefined;
  // Without extensions, which the gateway takes out of the handshake, these bits mean nothing.
  if ((first & 0x70) !== 0) return { fault: 'a WebSocket frame has reserved bits' };
  const opcode = first & OPCODE_MASK;
  if (!KNOWN.has(opcode)) return { fault: `a WebSocket frame has the unknown opcode ${opcode}` };
  if ((second & 0x80) === 0) return { fault: 'a WebSocket frame of the client is not masked' };
  const short = second & 0x7f;
  if (opcode >= FIRST_CONTROL && (short > MAX_CONTROL_BYTES || (first & 0x80) === 0))
    return { fault: 'a WebSocket control frame is too long or in parts' };
  const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headBytes = 2 + sizeBytes + 4;
  if (head.length < headBytes) return undefined;
  const length =
    sizeBytes === 0 ? short : sizeBytes === 2 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
  if (!Number.isSafeInteger(length)) return { fault: 'a WebSocket frame is longer than anything' };
  return { length, mask: Uint8Array.from(head.subarray(headBytes - 4, headBytes)), headBytes };
}
