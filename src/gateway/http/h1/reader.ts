import type { Body } from '../../message/exchange.ts';
import { ContentStream, type Flow } from '../../message/content-stream.ts';
import { decoderFor, type Decoder } from './decode.ts';
import { type Framing, Malformed, faultIn } from './head.ts';
import { giveBack, lend } from '../../message/buffer-release.ts';
import { apart } from '../../message/own-memory.ts';

/** Splits the bytes of a connection into messages: a head, its content, the next head. */

const NOTHING: Buffer = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
/** Maximum length of content that is worth a moment's wait. In one piece, it costs a fraction of many pieces. */
const SHORT_BYTES = 16 * 1024;
const CR = 13;
const LF = 10;

/**
 * The reading side of a connection. Its owner asks for a head, gives the framing of the content, and then asks for the
 * next head.
 */
export class Reader {
  readonly #maxHeadBytes: number;
  /** Bytes that are not read yet. */
  #held = NOTHING;
  /** Number of held bytes that contain no end of a head. */
  #seenBytes = 0;
  #decoder: Decoder | undefined;
  #content: ContentStream | undefined;
  #takenBytes = 0;
  readonly #take = (content: Buffer): void => {
    this.#takenBytes += content.length;
    if (!(this.#content?.add(content) ?? true)) this.#isFull = true;
  };
  /** The content has bytes that are not consumed. */
  #isFull = false;

  constructor(maxHeadBytes: number) {
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** Bytes held for a next head. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** The current content. Undefined: there is none. */
  get content(): ContentStream | undefined {
    return this.#content;
  }

  /** Returns the unread bytes for another protocol on the connection. */
  release(): Buffer {
    const held = this.#held;
    this.#held = NOTHING;
    return held;
  }

  /** Call it after the handling of a read. From now on, held bytes wait for more. */
  keep(): void {
    if (this.#held.length > 0) this.#held = apart(this.#held);
  }

  /**
   * Takes arrived bytes: passes content on, and holds the rest. Returns false when the sender should pause.
   * @throws Malformed
   */
  push(read: Buffer): boolean {
    if (this.#decoder === undefined) {
      this.#held = this.#held.length === 0 ? read : Buffer.concat([this.#held, read]);
      return true;
    }
    const bytes = apart(read);
    this.#isFull = false;
    lend(bytes);
    this.#takenBytes = 0;
    const used = this.#decoder.decode(bytes, this.#take);
    giveBack(bytes, used - this.#takenBytes);
    if (this.#decoder.isDone) {
      if (used < bytes.length) this.#held = bytes.subarray(used);
      this.#finish();
    }
    return !this.#isFull;
  }

  /** Returns the next head, without the empty line after it. Undefined: it is incomplete. @throws Malformed */
  head(): string | undefined {
    const held = this.#held;
    // RFC 9112, 2.2: some clients end their content with an uncounted line end.
    const start = held[0] === CR && held[1] === LF ? 2 : 0;
    const from = Math.max(start, this.#seenBytes);
    const end = held.indexOf(HEAD_END, from);
    if ((end === -1 ? held.length : end) > this.#maxHeadBytes)
      throw new Malformed(`the head is longer than ${this.#maxHeadBytes} bytes`);
    if (end !== -1) {
      this.#seenBytes = 0;
      this.#held = held.length === end + 4 ? NOTHING : held.subarray(end + 4);
      return held.toString('latin1', start, end);
    }
    const fault = faultIn(held.toString('latin1', from));
    if (fault !== undefined) throw new Malformed(fault);
    // The next search starts here, because the end of the head may be split.
    this.#seenBytes = Math.max(0, held.length - 3);
    return undefined;
  }

  /**
   * Returns whether the next read may complete a short content. Many programs write a head and its content separately.
   */
  isShortOf(framing: Framing): boolean {
    if (framing === 0) return false;
    return this.#held.length < (typeof framing === 'number' ? Math.min(framing, SHORT_BYTES) : 1);
  }

  /**
   * Returns the content after a head: as bytes where it is complete and has no trailers. Undefined: there is none.
   * @throws Malformed
   */
  begin(framing: Framing, flow: Flow): Body | undefined {
    if (framing === 0) return undefined;
    const decoder = decoderFor(framing);
    const pieces: Buffer[] = [];
    const used = this.#held.length === 0 ? 0 : decoder.decode(this.#held, (piece) => pieces.push(piece));
    this.#held = used === this.#held.length ? NOTHING : this.#held.subarray(used);
    if (decoder.isDone && decoder.trailers.length === 0) return joined(pieces);
    const content = new ContentStream(flow);
    [this.#decoder, this.#content] = [decoder, content];
    for (const piece of pieces) content.add(piece);
    if (decoder.isDone) this.#finish();
    return content;
  }

  /** Handles the end of the peer. Returns true if it cuts no message off. */
  end(): boolean {
    if (this.#decoder === undefined) return this.#held.length === 0;
    if (this.#decoder.mayEnd) this.#finish();
    return this.#decoder === undefined;
  }

  /** Breaks the current content off. */
  fail(error: Error): void {
    const content = this.#content;
    [this.#content, this.#decoder] = [undefined, undefined];
    content?.destroy(error);
  }

  #finish(): void {
    const [content, decoder] = [this.#content, this.#decoder];
    [this.#content, this.#decoder] = [undefined, undefined];
    if (content === undefined || decoder === undefined) return;
    content.end(decoder.trailers);
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}
