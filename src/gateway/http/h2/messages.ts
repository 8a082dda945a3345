import type { RawHeaders } from '../../message/headers.ts';
import { CODE, ConnectionFault, StreamFault } from './faults.ts';
import { readAnswer, readRequest, readTrailers } from './fields.ts';
import type { Frame } from './frames/frame.ts';
import type { WholeBlock } from './header-block.ts';
import { Decoder, Unreadable, type DecodedFields } from './hpack/decoder.ts';
import { MAX_HEAD_BYTES, MAX_STREAMS } from './settings.ts';
import type { Link, Stream } from './stream.ts';

/**
 * Assembles requests and answers from frames: heads, content and trailers, each where it is allowed (RFC 9113, 8.1).
 */

/** The parts of the connection that it needs. */
export interface Messaging extends Pick<Link, 'sendReset' | 'consumed'> {
  readonly isServer: boolean;
  readonly isLeaving: boolean;
  readonly streams: readonly Stream[];
  find(id: number): Stream | undefined;
  /** Enters a stream that the client has opened. */
  enter(id: number): Stream;
  /** Delivers a stream whose head is here, with what has arrived with it. */
  deliver(stream: Stream): void;
  failStream(stream: Stream, fault: StreamFault): void;
}

/** Maximum of remembered streams that this side ended, for which frames may still arrive (RFC 9113, 5.1, closed). */
const MOST_IGNORED = 256;
/** Maximum of interim answers before an answer, as in HTTP/1.1. */
const MAX_INTERIM = 16;
/** Statuses without content (RFC 9110, 15.3.5 and 15.4.5). */
const WITHOUT_CONTENT = new Set([204, 304]);

/** The messages of one connection. Methods throw on violations. */
export class Messages {
  /** The last stream that the client has opened. */
  lastId = 0;
  readonly #connection: Messaging;
  readonly #decoder = new Decoder();
  #ignored: number[] = [];

  constructor(connection: Messaging) {
    this.#connection = connection;
  }

  /** Ignores all further frames of this stream. */
  ignore(id: number): void {
    this.#ignored.push(id);
    if (this.#ignored.length > MOST_IGNORED) this.#ignored.shift();
  }

  /**
   * Handles a frame of an unknown stream, which is over or was never opened.
   * @throws ConnectionFault where that is not allowed
   */
  strayed(id: number, what: 'content' | 'a head' | 'a reset' | 'room'): void {
    if (this.#ignored.includes(id)) return;
    if (!this.#wasOpened(id)) throw new ConnectionFault('protocolError', `${what} for a stream that is idle`);
    if (what === 'content' || what === 'a head')
      throw new ConnectionFault('streamClosed', `${what} for a stream that is closed`);
  }

  /** Returns the stream of a block of fields, and opens it where a client may. Undefined: the block is ignored. */
  streamOf(block: WholeBlock): Stream | undefined {
    const { id } = block;
    const found = this.#connection.find(id);
    if (found !== undefined) return found;
    const { isServer, isLeaving, streams } = this.#connection;
    if (isServer && id > this.lastId) {
      if (id % 2 === 0) throw new ConnectionFault('protocolError', 'a stream of an even number');
      this.lastId = id;
      if (!isLeaving && streams.length < MAX_STREAMS) return this.#connection.enter(id);
      this.#connection.sendReset({ id }, CODE.refusedStream);
    }
    // Decode it in any case, because later blocks refer to it.
    this.#decode(block);
    this.strayed(id, 'a head');
    return undefined;
  }

  /** Takes a block of fields. @throws StreamFault, ConnectionFault */
  takeFields(stream: Stream, block: WholeBlock): void {
    const { fields, isTooLong } = this.#decode(block);
    stream.incoming.receivedBytes += block.bytes.length;
    if (stream.incoming.isEnded) throw new StreamFault('streamClosed', 'a head after the end of the stream');
    if (isTooLong) throw new StreamFault('enhanceYourCalm', 'the head is too long');
    if ((stream.request ?? stream.answer) !== undefined) this.#takeTrailers(stream, fields, block.isLast);
    else if (this.#connection.isServer) this.#takeRequest(stream, fields, block.isLast);
    else this.#takeAnswer(stream, fields, block.isLast);
  }

  /** Takes a part of the content. @throws StreamFault */
  takeContent(
    stream: Stream,
    { frame, content, isLast }: { readonly frame: Frame; readonly content: Buffer; readonly isLast: boolean },
  ): void {
    const { incoming, window } = stream;
    if (incoming.isEnded) throw new StreamFault('streamClosed', 'content after the end of the stream');
    if (!window.receive(frame.payload.length))
      throw new StreamFault('flowControlError', 'more than the window of the stream');
    if ((stream.request ?? stream.answer) === undefined)
      throw new StreamFault('protocolError', 'content before its head');
    const padding = frame.payload.length - content.length;
    if (padding > 0) this.#connection.consumed(stream, padding);
    incoming.push(content, isLast && !stream.isDelivered);
    if (isLast) this.#ended(stream);
  }

  #decode({ bytes }: WholeBlock): DecodedFields {
    const { isServer } = this.#connection;
    try {
      return this.#decoder.decode(bytes, isServer ? MAX_HEAD_BYTES.request : MAX_HEAD_BYTES.answer);
    } catch (error) {
      if (error instanceof Unreadable)
        throw new ConnectionFault('compressionError', `a head that cannot be read: ${error.message}`);
      throw error;
    }
  }

  #takeRequest(stream: Stream, fields: RawHeaders, isLast: boolean): void {
    const request = readRequest(fields);
    stream.incoming.expect(request.contentLength);
    stream.request = request;
    if (isLast) stream.incoming.end();
    this.#connection.deliver(stream);
  }

  #takeAnswer(stream: Stream, fields: RawHeaders, isLast: boolean): void {
    const answer = readAnswer(fields);
    if (answer.status < 200) {
      if (isLast) throw new StreamFault('protocolError', 'it ends before its answer');
      stream.interimAnswers += 1;
      if (stream.interimAnswers > MAX_INTERIM)
        throw new StreamFault('enhanceYourCalm', 'there are too many interim answers');
      return;
    }
    const hasContent = !stream.isHeadOnly && !WITHOUT_CONTENT.has(answer.status);
    stream.incoming.expect(hasContent ? answer.contentLength : 0);
    stream.answer = answer;
    if (isLast) stream.incoming.end();
    this.#connection.deliver(stream);
    stream.settle();
  }

  #takeTrailers(stream: Stream, fields: RawHeaders, isLast: boolean): void {
    if (!isLast) throw new StreamFault('protocolError', 'a second head');
    this.#ended(stream, readTrailers(fields));
  }

  #ended(stream: Stream, trailers: RawHeaders = []): void {
    stream.incoming.end(trailers);
    this.#connection.deliver(stream);
    stream.settle();
  }

  #wasOpened(id: number): boolean {
    return id <= this.lastId && id % 2 === 1;
  }
}
