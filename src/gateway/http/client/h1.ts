import type { Duplex } from 'node:stream';
import type { Placed } from '../../tunnel/roster.ts';
import type { Body, HttpRequest, RequestHead } from '../../message/exchange.ts';
import { Backlog } from '../h1/backlog.ts';
import { ContentStream, type Flow } from '../../message/content-stream.ts';
import { type Framing, Malformed, framingOfRequest, readRequestHead } from '../h1/head.ts';
import { Moment } from '../h1/moment.ts';
import { Reader } from '../h1/reader.ts';
import { valuesOf, wantsTrailers, type RawHeaders } from '../../message/headers.ts';
import { keepNothing } from '../../tunnel/shared-reads.ts';
import { IDLE_SECONDS, Reply1, type ReplyConnection } from './reply1.ts';

/** Serves a client of HTTP/1.1: requests in sequence, each answered before the next is read. */

const MAX_HEAD_BYTES = 32_768;
/** Maximum of held bytes of requests that a client sent before their turn. */
const MAX_AHEAD_BYTES = 65_536;
/** Maximum of unsent answer bytes before the next pipelined request starts. */
const MAX_UNTAKEN_BYTES = 65_536;
const HEAD_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = IDLE_SECONDS * 1000;
/** Time in milliseconds for a client to close after a last answer has left. */
const LINGER_MS = 1_000;
/** Milliseconds between further unread bytes, and in total. Clients may read late; a reset would lose the answer. */
const MORE_MS = { next: 5_000, all: 30_000 } as const;
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

/** Receives the events of a connection. */
export interface Handler1 {
  request(request: HttpRequest, reply: Reply1): void;
  /** Gives the connection away, with the bytes after the head. */
  leaves(head: RequestHead, stream: Duplex, rest: Buffer): void;
  /** Returns whether a head asks for another protocol. */
  isLeaving(head: RequestHead): boolean;
  /** Called for malformed HTTP. */
  malformed(reason: string): void;
}

/** Serves a connection from its first byte to its end, or until another protocol takes over. */
export class Connection1 implements Flow, ReplyConnection, Placed {
  place = -1;
  readonly #stream: Duplex;
  readonly #handler: Handler1;
  readonly #onGone: (connection: Connection1) => void;
  readonly #reader = new Reader(MAX_HEAD_BYTES);
  #backlog: Backlog | undefined;
  /** The reply to the current request. */
  #reply: Reply1 | undefined;
  /** Deadline of the client, which does not apply while it waits for an answer. */
  #deadlineMs = performance.now() + HEAD_TIMEOUT_MS;
  /** Deadline after a last answer has left, whatever arrives. 0: no last answer has left. */
  #lastMs = 0;
  #isPaused = false;
  #isEnded = false;
  /** The connection ignores further bytes, so the current answer is the last. */
  #ignoresInput = false;
  #owesContinue = false;
  /** The client has not read enough of its answers, so the next request waits. */
  #isBehind = false;
  /** A parsed head whose content may arrive within this moment. */
  #due: { readonly head: RequestHead; readonly framing: Framing } | undefined;
  readonly #moment = new Moment(() => this.#onMoment());

  constructor(stream: Duplex, handler: Handler1, onGone: (connection: Connection1) => void) {
    this.#stream = stream;
    this.#handler = handler;
    this.#onGone = onGone;
    stream.on('error', ignore);
    stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    keepNothing(stream, true);
  }

  get isGone(): boolean {
    return this.#stream.destroyed;
  }

  get isReading(): boolean {
    return this.#reader.content !== undefined;
  }

  get backlog(): Backlog {
    this.#backlog ??= new Backlog(this.#stream);
    return this.#backlog;
  }

  write(bytes: Uint8Array): void {
    this.#owesContinue = false;
    this.#stream.write(bytes);
  }

  answered(isLast: boolean): void {
    this.#reply = undefined;
    if (isLast || this.#ignoresInput || this.isReading) return this.#close();
    this.#deadlineMs = performance.now() + IDLE_TIMEOUT_MS;
    if (this.#stream.writableLength <= MAX_UNTAKEN_BYTES) return this.#follow();
    this.#isBehind = true;
    this.#pause();
    this.backlog.whenTaken(this.#onTaken);
  }

  breakOff(): void {
    this.#stream.destroy();
  }

  reset(): void {
    this.#stream.destroy(new Error('the answer is broken off'));
  }

  /** Call it periodically. Ends a connection whose deadline has passed. */
  checkDeadline(nowMs: number): void {
    if (nowMs < this.#deadlineMs || this.#reply !== undefined) return;
    if (this.#ignoresInput || this.#isBehind || this.#reader.heldBytes === 0) this.#stream.destroy();
    else this.#refuse('the head did not arrive in time');
  }

  wanted(content: ContentStream): void {
    if (content !== this.#reader.content) return;
    if (this.#owesContinue) this.write(CONTINUE);
    this.#resume();
  }

  dropped(content: ContentStream): void {
    if (content !== this.#reader.content) return;
    this.#ignoresInput = true;
    this.#resume();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (!this.#ignoresInput) this.#goOn(bytes);
    else if (this.#lastMs > 0) this.#deadlineMs = Math.min(this.#lastMs, performance.now() + MORE_MS.next);
    this.#reader.keep();
  };

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    if (this.#ignoresInput || this.#isBehind) return;
    this.#onMoment();
    this.#breakCutContent();
    if (this.#ignoresInput || this.#reply !== undefined) return;
    if (this.#reader.heldBytes > 0) this.#refuse('it ends in the middle of a head');
    else this.#close();
  };

  readonly #onTaken = (): void => {
    this.#isBehind = false;
    if (this.#stream.destroyed) return;
    this.#deadlineMs = performance.now() + IDLE_TIMEOUT_MS;
    this.#follow();
  };

  readonly #onClose = (): void => {
    this.#moment.cancel();
    this.#due = undefined;
    this.#onGone(this);
    this.#reader.fail(new Error('the client broke off'));
    this.#reply?.close();
  };

  /** Continues after an answer. */
  #follow(): void {
    if (this.#reader.heldBytes > 0) this.#goOn();
    else if (this.#isEnded) this.#close();
    if (this.#reply === undefined && !this.#isBehind) this.#resume();
  }

  /** Reads arrived or held bytes. */
  #goOn(bytes?: Buffer): void {
    try {
      const isWanted = bytes === undefined || this.#reader.push(bytes);
      if (bytes !== undefined) this.#owesContinue = false;
      if (this.#due !== undefined) this.#beginDue(!this.#reader.isShortOf(this.#due.framing));
      else if (this.#isBehind) this.#pause();
      else if (this.#reply === undefined) this.#next();
      else if (this.#reader.content === undefined ? this.#reader.heldBytes > MAX_AHEAD_BYTES : !isWanted)
        this.#pause();
    } catch (error) {
      this.#refuse(faultOf(error));
    }
  }

  /** Reads the next request once its head is complete. @throws Malformed */
  #next(): void {
    const text = this.#reader.head();
    if (text === undefined) {
      if (this.#isEnded) this.#refuse('it ends in the middle of a head');
      else this.#deadlineMs = Math.min(this.#deadlineMs, performance.now() + HEAD_TIMEOUT_MS);
      return;
    }
    const head = readRequestHead(text);
    if (this.#handler.isLeaving(head)) return this.#leave(head);
    const framing = framingOfRequest(head.headers);
    this.#due = { head, framing };
    if (this.#reader.isShortOf(framing)) this.#moment.begin();
    else this.#beginDue();
  }

  readonly #onMoment = (): void => {
    try {
      this.#beginDue();
    } catch (error) {
      this.#refuse(faultOf(error));
    }
  };

  /** Starts the parsed request. @throws Malformed */
  #beginDue(isTime = true): void {
    const due = this.#due;
    if (due === undefined || !isTime) return;
    this.#moment.cancel();
    this.#due = undefined;
    const { head, framing } = due;
    const body = this.#reader.begin(framing, this);
    const reply = new Reply1(this, head);
    this.#reply = reply;
    if (this.#expects(head, reply)) this.#handler.request(requestOf(head, body), reply);
    this.#breakCutContent();
  }

  /** Breaks off incomplete content after the client's end. */
  #breakCutContent(): void {
    if (!this.#isEnded || this.#reader.content === undefined) return;
    this.#ignoresInput = true;
    this.#reader.fail(new Error('the client broke off'));
  }

  /** Handles Expect. 100-continue is the only defined expectation (RFC 9110, 10.1.1). */
  #expects({ version, headers }: RequestHead, reply: Reply1): boolean {
    const [expected, ...others] = valuesOf(headers, 'expect');
    if (expected === undefined) return true;
    if (others.length > 0 || expected.toLowerCase() !== '100-continue') {
      this.#handler.malformed('the request has an unknown expectation');
      reply.whole({ status: 417, statusMessage: undefined, headers: ['Connection', 'close'] }, NOTHING);
      return false;
    }
    this.#owesContinue = version === '1.1' && this.#reader.content?.heldBytes === 0;
    return true;
  }

  #leave(head: RequestHead): void {
    if (framingOfRequest(head.headers) !== 0)
      throw new Malformed('a request that changes the protocol has content');
    const stream = this.#stream;
    keepNothing(stream, false);
    stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).pause();
    this.#onGone(this);
    this.#handler.leaves(head, stream, this.#reader.release());
  }

  #refuse(reason: string): void {
    this.#handler.malformed(`malformed HTTP: ${reason}`);
    const reply = this.#reply;
    const hasBegun = reply?.hasBegun() ?? false;
    this.#ignoresInput = true;
    if (hasBegun) return void this.#stream.destroy();
    this.#stream.write(BAD_REQUEST);
    this.#reply = undefined;
    reply?.close();
    this.#reader.fail(new Error(`the request is malformed HTTP: ${reason}`));
    this.#close();
  }

  #close(): void {
    this.#ignoresInput = true;
    this.#deadlineMs = performance.now() + IDLE_TIMEOUT_MS;
    const onFinish = (): void => {
      this.#deadlineMs = performance.now() + LINGER_MS;
      this.#lastMs = performance.now() + MORE_MS.all;
    };
    this.#stream.once('finish', onFinish).end();
    this.#resume();
  }

  #pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stream.resume();
  }
}

const BAD_REQUEST = Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
const NOTHING = new Uint8Array();
const NO_TRAILERS = (): RawHeaders => [];
/** The handler of `close` reports it. */
const ignore = (): void => undefined;

function faultOf(error: unknown): string {
  if (error instanceof Malformed) return error.message;
  throw error;
}

function requestOf(head: RequestHead, body: Body | undefined): HttpRequest {
  const trailers = body instanceof ContentStream ? (): RawHeaders => body.trailers : NO_TRAILERS;
  const { method, path, version = '1.1', headers } = head;
  return { method, path, version, headers, body, trailers, wantsTrailers: wantsTrailers(headers) };
}
