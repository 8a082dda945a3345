import type { RawHeaders } from '../../message/headers.ts';
import { type Framing, Malformed, readFields } from './head.ts';

/** Decodes framed content, byte by byte if necessary. The result does not depend on how a message is cut. */

export interface Decoder {
  /** The end of the content was read. */
  readonly isDone: boolean;
  /** The content may end with the connection. */
  readonly mayEnd: boolean;
  /** The trailers after the last chunk. */
  readonly trailers: RawHeaders;
  /** Passes the content in `bytes` to `take`, and returns how many bytes belong to it. @throws Malformed */
  decode(bytes: Buffer, take: (content: Buffer) => void): number;
}

/** Returns the decoder for a framing, which must not be 0. */
export function decoderFor(framing: Framing): Decoder {
  return framing === 'chunked'
    ? new ChunkDecoder()
    : new LengthDecoder(framing === 'close' ? Infinity : framing);
}

/** Decodes this many bytes. Infinity: everything that arrives. */
class LengthDecoder implements Decoder {
  readonly trailers: RawHeaders = [];
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  get mayEnd(): boolean {
    return this.#left === 0 || this.#left === Infinity;
  }

  decode(bytes: Buffer, take: (content: Buffer) => void): number {
    const count = Math.min(bytes.length, this.#left);
    this.#left -= count;
    if (count > 0) take(count === bytes.length ? bytes : bytes.subarray(0, count));
    return count;
  }
}

/** A chunk's size, and its extensions (RFC 9112, 7.1.1), which are dropped. */
const SIZE_LINE =
  /^([0-9A-Fa-f]{1,12})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[\t !#-[\]-~]*"))?)*$/;
const MAX_SIZE_LINE_BYTES = 1_024;
const MAX_TRAILER_BYTES = 16_384;
const LF = 10;
const CR = 13;

type Expected = 'size' | 'content' | 'CR' | 'LF' | 'trailers' | 'nothing';

/** Decodes chunks by RFC 9112, 7.1. */
class ChunkDecoder implements Decoder {
  trailers: RawHeaders = [];
  #expected: Expected = 'size';
  /** Bytes of this chunk that are still to come. */
  #left = 0;
  /** The beginning of an incomplete line. */
  #line = '';
  /** Trailer lines so far. */
  #lines = '';

  get isDone(): boolean {
    return this.#expected === 'nothing';
  }

  get mayEnd(): boolean {
    return this.isDone;
  }

  decode(bytes: Buffer, take: (content: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && this.#expected !== 'nothing') {
      if (this.#expected === 'content') at = this.#readContent(bytes, at, take);
      else if (this.#expected === 'size' || this.#expected === 'trailers') at = this.#readLine(bytes, at);
      else at = this.#readLineEnd(bytes, at);
    }
    return at;
  }

  #readContent(...[bytes, at, take]: [Buffer, number, (content: Buffer) => void]): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#expected = 'CR';
    take(bytes.subarray(at, end));
    return end;
  }

  #readLineEnd(bytes: Buffer, at: number): number {
    const isCr = this.#expected === 'CR';
    if (bytes[at] !== (isCr ? CR : LF)) throw new Malformed('a chunk is longer than its size');
    this.#expected = isCr ? 'LF' : 'size';
    return at + 1;
  }

  #readLine(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(LF, at);
    const end = found === -1 ? bytes.length : found + 1;
    const most = this.#expected === 'size' ? MAX_SIZE_LINE_BYTES : MAX_TRAILER_BYTES - this.#lines.length;
    if (this.#line.length + end - at > most)
      throw new Malformed(
        `${this.#expected === 'size' ? 'the size of a chunk' : 'the trailer section'} is too long`,
      );
    this.#line += bytes.toString('latin1', at, end);
    if (found === -1) return end;
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) throw new Malformed('a line ends with LF alone');
    if (this.#expected === 'size') this.#takeSize(line.slice(0, -2));
    else this.#takeTrailer(line);
    return end;
  }

  #takeSize(line: string): void {
    const digits = SIZE_LINE.exec(line)?.[1];
    if (digits === undefined) throw new Malformed('the size of a chunk is invalid or too large');
    this.#left = Number.parseInt(digits, 16);
    this.#expected = this.#left === 0 ? 'trailers' : 'content';
  }

  #takeTrailer(line: string): void {
    if (line !== '\r\n') {
      this.#lines += line;
      return;
    }
    if (this.#lines !== '') this.trailers = readFields(this.#lines.slice(0, -2), 0);
    this.#expected = 'nothing';
  }
}
