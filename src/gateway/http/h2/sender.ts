import { FLAG, frameOf, HEAD_BYTES, MAX_PAYLOAD_BYTES, TYPE, writeHead } from './frames/frame.ts';
import { INITIAL_WINDOW_BYTES } from './settings.ts';
import type { Stream } from './stream.ts';
import type { Writer } from './frames/writer.ts';

/** Sends the streams' content within the peer's windows and the socket's capacity (RFC 9113, 5.2 and 6.9). */

export interface SenderParts {
  readonly writer: Writer;
  /** The streams of the connection. */
  readonly streams: readonly Stream[];
  /** Called with the length of each sent frame of content. */
  readonly sent: (bytes: number) => void;
}

/** The output of one connection. Heads go at once; content waits for a window. */
export class Sender {
  /** The peer's window for all streams together. */
  windowBytes = INITIAL_WINDOW_BYTES;
  readonly #parts: SenderParts;
  /** The stream that is first in this round, where the window is too small for all. */
  #turn = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Sends a block of fields, in Latin-1, in as many frames as needed. */
  sendHead({ id, outgoing }: Stream, block: string, isLast: boolean): void {
    outgoing.takenBytes += block.length;
    for (let at = 0; ; at += MAX_PAYLOAD_BYTES) {
      const isEnd = block.length - at <= MAX_PAYLOAD_BYTES;
      const flags = (isEnd ? FLAG.endHeaders : 0) | (isLast && at === 0 ? FLAG.endStream : 0);
      const type = at === 0 ? TYPE.headers : TYPE.continuation;
      const payload = isEnd && at === 0 ? block : block.slice(at, at + MAX_PAYLOAD_BYTES);
      this.#parts.writer.add(frameOf({ type, flags, id }, payload));
      if (isEnd) return;
    }
  }

  /** Sends as much of one stream as the windows allow. */
  pump(stream: Stream): void {
    while (this.#sendSome(stream));
  }

  /** Sends one frame of each stream in turn, after the window for all has grown. */
  readonly pumpAll = (): void => {
    const { streams } = this.#parts;
    for (let isGoing = true; isGoing;) {
      isGoing = false;
      this.#turn += 1;
      const count = streams.length;
      for (let index = 0; index < count; index += 1) {
        // Some streams may leave meanwhile.
        const stream = streams[(this.#turn + index) % count];
        if (stream !== undefined && this.#sendSome(stream)) isGoing = true;
      }
    }
  };

  /** Sends one frame of content, or the end. Returns false where nothing is left, or there is no window. */
  #sendSome(stream: Stream): boolean {
    const { outgoing } = stream;
    if (outgoing.hasBytes) return this.#sendContent(stream);
    if (!outgoing.isAtEnd) return false;
    if (outgoing.trailers === undefined) this.#sendData(stream, NOTHING, true);
    else this.sendHead(stream, outgoing.trailers, true);
    finished(stream);
    return true;
  }

  #sendContent(stream: Stream): boolean {
    const { outgoing } = stream;
    if (this.#parts.writer.isFull || this.windowBytes <= 0) return false;
    const payload = outgoing.take(Math.min(this.windowBytes, MAX_PAYLOAD_BYTES));
    if (payload === undefined) return false;
    this.windowBytes -= payload.length;
    stream.stalledRounds = 0;
    this.#parts.sent(payload.length);
    const isLast = outgoing.isAtEnd && outgoing.trailers === undefined;
    this.#sendData(stream, payload, isLast);
    if (isLast) finished(stream);
    outgoing.told();
    return true;
  }

  #sendData({ id, outgoing }: Stream, payload: Uint8Array, isLast: boolean): void {
    const { writer } = this.#parts;
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    writeHead(head, { type: TYPE.data, flags: isLast ? FLAG.endStream : 0, id }, payload.length);
    writer.add(head);
    if (payload.length === 0) return;
    writer.add(payload);
    if (outgoing.givesBack) writer.giveBackLater(payload);
  }
}

function finished(stream: Stream): void {
  stream.outgoing.isFinished = true;
  stream.settle();
}

const NOTHING = new Uint8Array(0);
