import type { RawHeaders } from '../../message/headers.ts';
import { CODE, StreamBroken } from './faults.ts';
import type { AnswerHead2, RequestHead2 } from './fields.ts';
import { encodeFields } from './hpack/encode.ts';
import { Incoming } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import type { Sender } from './sender.ts';
import { ReceiveWindow, type WindowLimits } from './window.ts';

/** One request and its answer on an HTTP/2 connection (RFC 9113, 5.1). */

/** The parts of the connection that a stream needs. */
export interface Link {
  /** Windows of a new stream. */
  readonly windows: { readonly receive: WindowLimits; readonly sendBytes: number };
  readonly sender: Pick<Sender, 'sendHead' | 'pump'>;
  sendReset(stream: Pick<Stream, 'id'>, code: number): void;
  sendWindowUpdate(id: number, bytes: number): void;
  /** The stream's reader has taken this many bytes. */
  consumed(stream: Stream, bytes: number): void;
  /** The stream is over. */
  leave(stream: Stream): void;
}

/** Receives the events of a stream. */
export interface Listener {
  /** Called once the answer's head is here, with all of its content or the beginning. */
  headed(head: AnswerHead2): void;
  /** Called once when the stream is over, with an error after an early end. */
  closed(error?: Error): void;
}

/** The state of a stream: its incoming and outgoing parts, and its end. The connection handles the frames. */
export class Stream {
  readonly id: number;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly window: ReceiveWindow;
  /** On the server's side: the request. */
  request: RequestHead2 | undefined;
  /** On the client's side: the answer. */
  answer: AnswerHead2 | undefined;
  /** Number of interim answers so far. */
  interimAnswers = 0;
  /** The answer has no content, whatever length its head states (RFC 9110, 9.3.2). */
  isHeadOnly = false;
  listener: Listener | undefined;
  /** The head was delivered. */
  isDelivered = false;
  isClosed = false;
  hasSentHead = false;
  /** Received bytes that the connection's window has not regained. */
  withheldBytes = 0;
  /** Rounds in which it had something to send and sent nothing. */
  stalledRounds = 0;
  /** Its index in the connection's roster. */
  place = -1;
  readonly #link: Link;

  constructor(link: Link, id: number) {
    this.#link = link;
    this.id = id;
    this.window = new ReceiveWindow(link.windows.receive);
    this.incoming = new Incoming((bytes) => link.consumed(this, bytes));
    this.outgoing = new Outgoing(link.windows.sendBytes);
  }

  /** Sends a head. @throws Error where it cannot be written, or the stream is over */
  sendHead(fields: RawHeaders, isLast = false): void {
    if (this.isClosed) throw new Error('the stream is over');
    this.sendBlock(encodeFields(fields), isLast);
  }

  /** As `sendHead`, with encoded fields. */
  sendBlock(block: string, isLast: boolean): void {
    this.hasSentHead = true;
    if (isLast) this.outgoing.isFinished = true;
    this.#link.sender.sendHead(this, block, isLast);
    this.settle();
  }

  /** Sends a head that another one follows (RFC 9110, 15.2). */
  sendInterim(status: number): void {
    if (!this.isClosed) this.#link.sender.sendHead(this, encodeFields([':status', String(status)]), false);
  }

  /** Calls `flushed` once there was a window for all bytes. */
  send(bytes: Uint8Array, flushed?: () => void): void {
    if (this.isClosed) return;
    this.outgoing.add(bytes, flushed);
    this.#link.sender.pump(this);
  }

  /** Sends the last bytes. */
  sendLast(bytes: Uint8Array, trailers: RawHeaders = []): void {
    if (this.isClosed) return;
    this.outgoing.add(bytes);
    this.finish(trailers);
  }

  /** Ends this direction after everything sent. @throws Error as `sendHead` does */
  finish(trailers: RawHeaders = []): void {
    if (this.isClosed) return;
    if (trailers.length > 0) this.outgoing.trailers = encodeFields(trailers);
    this.outgoing.finish();
    this.#link.sender.pump(this);
  }

  /** Discards further content. The peer learns this once it has its answer (RFC 9113, 8.1). */
  discard(): void {
    this.incoming.discard();
    this.settle();
  }

  /** Ends the stream now, in both directions. */
  reset(code: keyof typeof CODE, why: Error = new StreamBroken('the stream was broken off')): void {
    if (this.isClosed) return;
    this.#link.sendReset(this, CODE[code]);
    this.close(why);
  }

  /** Ends the stream if both directions have ended, or no reader wants the other one. */
  settle(): void {
    if (this.isClosed || !this.outgoing.isFinished) return;
    if (this.incoming.isEnded) this.close();
    else if (this.request !== undefined && this.isDelivered && !this.incoming.isRead) {
      this.#link.sendReset(this, CODE.noError);
      this.close();
    }
  }

  /** Closes the stream without a frame. */
  close(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#link.leave(this);
    this.window.release();
    // An error costs as much as all the rest here, so a normal end makes none.
    if (!this.outgoing.isFinished) this.outgoing.breakOff(error ?? new StreamBroken('the stream ended'));
    if (this.#isLeftUnread) this.incoming.breakOff(error ?? new StreamBroken('the stream ended'));
    this.listener?.closed(error);
  }

  /** An answer may be read later. A request is read before its answer has gone, or never. */
  get #isLeftUnread(): boolean {
    const { isEnded, isRead, heldBytes } = this.incoming;
    return !isEnded || (this.request !== undefined && !isRead && heldBytes > 0);
  }
}

/**
 * Returns the entry with this ID. Searches linearly, newest first: few streams are open, and most lookups are for the
 * newest.
 */
export function findById<One extends { readonly id: number }>(
  all: readonly One[],
  id: number,
): One | undefined {
  for (let at = all.length - 1; at >= 0; at -= 1) if (all[at]?.id === id) return all[at];
  return undefined;
}
