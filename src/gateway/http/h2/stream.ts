import type { RawHeaders } from '../../message/headers.ts';
import { CODE, StreamBroken } from './faults.ts';
import type { AnswerHead2, RequestHead2 } from './fields.ts';
import { encodeFields } from './hpack/encode.ts';
import { Incoming } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import type { Sender } from './sender.ts';
import { ReceiveWindow, type WindowLimits } from './window.ts';

/** One request and its answer on a connection of HTTP/2 (RFC 9113, 5.1). */

/** What a stream needs of its connection. */
export interface Link {
  /** Those of a new stream. */
  readonly windows: { readonly receive: WindowLimits; readonly sendBytes: number };
  readonly sender: Pick<Sender, 'sendHead' | 'pump'>;
  sendReset(stream: Pick<Stream, 'id'>, code: number): void;
  sendWindowUpdate(id: number, bytes: number): void;
  /** The reader of a stream has taken so much. */
  consumed(stream: Stream, bytes: number): void;
  /** It is over. */
  leave(stream: Stream): void;
}

/** Whom a stream is for. */
export interface Listener {
  /** The answer's head is here, with all of its content or the beginning. */
  headed(head: AnswerHead2): void;
  /** Once, when it is over; an error where that was too early. */
  closed(error?: Error): void;
}

/** What has come of it, what is still to go, and how it ends; the frames are its connection's. */
export class Stream {
  readonly id: number;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly window: ReceiveWindow;
  /** To the server: what was asked. */
  request: RequestHead2 | undefined;
  /** To the client: what was answered. */
  answer: AnswerHead2 | undefined;
  /** That came before the answer. */
  interimAnswers = 0;
  /** The answer has no content, whatever its head says of a length (RFC 9110, 9.3.2). */
  isHeadOnly = false;
  listener: Listener | undefined;
  /** The head was given to whom it is for. */
  isDelivered = false;
  isClosed = false;
  hasSentHead = false;
  /** Of what has come, for which the connection was not given room again. */
  withheldBytes = 0;
  /** Rounds in which it had something to send, and nothing of it went. */
  stalledRounds = 0;
  /** Its place among the others of its connection. */
  place = -1;
  readonly #link: Link;

  constructor(link: Link, id: number) {
    this.#link = link;
    this.id = id;
    this.window = new ReceiveWindow(link.windows.receive);
    this.incoming = new Incoming((bytes) => link.consumed(this, bytes));
    this.outgoing = new Outgoing(link.windows.sendBytes);
  }

  /** @throws Error where something in it cannot be written, or the stream is over */
  sendHead(fields: RawHeaders, isLast = false): void {
    if (this.isClosed) throw new Error('the stream is over');
    this.sendBlock(encodeFields(fields), isLast);
  }

  /** As `sendHead`, with fields that are encoded. */
  sendBlock(block: string, isLast: boolean): void {
    this.hasSentHead = true;
    if (isLast) this.outgoing.isFinished = true;
    this.#link.sender.sendHead(this, block, isLast);
    this.settle();
  }

  /** A head that another one follows (RFC 9110, 15.2). */
  sendInterim(status: number): void {
    if (!this.isClosed) this.#link.sender.sendHead(this, encodeFields([':status', String(status)]), false);
  }

  /** `flushed` is called once there was room for all of it. */
  send(bytes: Uint8Array, flushed?: () => void): void {
    if (this.isClosed) return;
    this.outgoing.add(bytes, flushed);
    this.#link.sender.pump(this);
  }

  /** As the last. */
  sendLast(bytes: Uint8Array, trailers: RawHeaders = []): void {
    if (this.isClosed) return;
    this.outgoing.add(bytes);
    this.finish(trailers);
  }

  /** Ends this direction, behind all that was sent. @throws Error as `sendHead` does */
  finish(trailers: RawHeaders = []): void {
    if (this.isClosed) return;
    if (trailers.length > 0) this.outgoing.trailers = encodeFields(trailers);
    this.outgoing.finish();
    this.#link.sender.pump(this);
  }

  /** Nobody reads what still comes; told to the peer once it has its answer (RFC 9113, 8.1). */
  discard(): void {
    this.incoming.discard();
    this.settle();
  }

  /** Ends it now, in both directions. */
  reset(code: keyof typeof CODE, why: Error = new StreamBroken('the stream was broken off')): void {
    if (this.isClosed) return;
    this.#link.sendReset(this, CODE[code]);
    this.close(why);
  }

  /** Ends it if both directions have, or nobody reads the other one. */
  settle(): void {
    if (this.isClosed || !this.outgoing.isFinished) return;
    if (this.incoming.isEnded) this.close();
    else if (this.request !== undefined && this.isDelivered && !this.incoming.isRead) {
      this.#link.sendReset(this, CODE.noError);
      this.close();
    }
  }

  /** Nothing more is said about it, by either side. */
  close(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#link.leave(this);
    this.window.release();
    // An error costs as much as all else here: none is made for an end that is due.
    if (!this.outgoing.isFinished) this.outgoing.breakOff(error ?? new StreamBroken('the stream ended'));
    if (this.#isLeftUnread) this.incoming.breakOff(error ?? new StreamBroken('the stream ended'));
    this.listener?.closed(error);
  }

  /** An answer may be read later; a request is read before its answer has gone, or never. */
  get #isLeftUnread(): boolean {
    const { isEnded, isRead, heldBytes } = this.incoming;
    return !isEnded || (this.request !== undefined && !isRead && heldBytes > 0);
  }
}
