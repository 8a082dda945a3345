import type { Duplex } from 'node:stream';
import type { Placed } from '../../tunnel/roster.ts';
import type { Body, Inbound } from '../../message/exchange.ts';
import { Backlog } from '../h1/backlog.ts';
import { ContentStream, type Flow } from '../../message/content-stream.ts';
import { framingOfRequest, type Framing } from '../h1/framing.ts';
import { Malformed, readRequestHead, type RequestHead1 } from '../h1/head.ts';
import { Moment } from '../h1/moment.ts';
import { Reader } from '../h1/reader.ts';
import { valuesOf, wantsTrailers, type RawHeaders } from '../../message/headers.ts';
import { keepNothing } from '../../tunnel/shared-reads.ts';
import { IDLE_SECONDS, Reply1, type Way } from './reply1.ts';

/** A client that speaks HTTP/1.1: its requests one after the other, each with its answer before the next is read. */

const MAX_HEAD_BYTES = 32_768;
/** What may be held of requests that were sent before their turn. */
const MAX_AHEAD_BYTES = 65_536;
/** What may wait to be taken of the answers to requests that were sent ahead, before the next is begun. */
const MAX_UNTAKEN_BYTES = 65_536;
const HEAD_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = IDLE_SECONDS * 1000;
/** How long a client may take to close once a last answer has left. */
const LINGER_MS = 1_000;
/** Or to send more of what is not read, and in all: some read nothing before, and a reset would take the answer back. */
const MORE_MS = { next: 5_000, all: 30_000 } as const;
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

/** What comes of what it says. */
export interface Handler1 {
  request(head: RequestHead1, inbound: Inbound, reply: Reply1): void;
  /** The connection is given away, with what came behind the head. */
  leaves(head: RequestHead1, stream: Duplex, rest: Buffer): void;
  /** Whether a head asks for that. */
  isLeaving(head: RequestHead1): boolean;
  /** Not HTTP as it should be. */
  malformed(reason: string): void;
}

/** From the first byte of a connection to its end, or until it becomes another protocol's. */
export class Connection1 implements Flow, Way, Placed {
  place = -1;
  readonly #stream: Duplex;
  readonly #handler: Handler1;
  readonly #onGone: (connection: Connection1) => void;
  readonly #reader = new Reader(MAX_HEAD_BYTES);
  #backlog: Backlog | undefined;
  /** To the request that is under way. */
  #reply: Reply1 | undefined;
  /** When it has waited long enough; never, while an answer is due. */
  #deadlineMs = performance.now() + HEAD_TIMEOUT_MS;
  /** Once a last answer has left: when it has waited long enough, whatever comes. */
  #lastMs = 0;
  #isPaused = false;
  #isEnded = false;
  /** What still comes is not read: the answer under way is the last. */
  #isDeaf = false;
  #owesContinue = false;
  /** The client has not taken enough of its answers: the next request waits for that. */
  #isBehind = false;
  /** The head of a request whose content may come in this moment. */
  #due: { readonly head: RequestHead1; readonly framing: Framing } | undefined;
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
    if (isLast || this.#isDeaf || this.isReading) return this.#close();
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

  /** To be called now and then: ends a connection on which nothing comes. */
  checkDeadline(nowMs: number): void {
    if (nowMs < this.#deadlineMs || this.#reply !== undefined) return;
    if (this.#isDeaf || this.#isBehind || this.#reader.heldBytes === 0) this.#stream.destroy();
    else this.#refuse('the head did not come in time');
  }

  wanted(content: ContentStream): void {
    if (content !== this.#reader.content) return;
    if (this.#owesContinue) this.write(CONTINUE);
    this.#resume();
  }

  dropped(content: ContentStream): void {
    if (content !== this.#reader.content) return;
    this.#isDeaf = true;
    this.#resume();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (!this.#isDeaf) this.#goOn(bytes);
    else if (this.#lastMs > 0) this.#deadlineMs = Math.min(this.#lastMs, performance.now() + MORE_MS.next);
    this.#reader.keep();
  };

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    if (this.#isDeaf || this.#isBehind) return;
    this.#onMoment();
    this.#breakCutContent();
    if (this.#isDeaf || this.#reply !== undefined) return;
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

  /** What follows an answer. */
  #follow(): void {
    if (this.#reader.heldBytes > 0) this.#goOn();
    else if (this.#isEnded) this.#close();
    if (this.#reply === undefined && !this.#isBehind) this.#resume();
  }

  /** Reads what has come, or what is held. */
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

  /** The next request, once its head is here. @throws Malformed */
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

  /** @throws Malformed */
  #beginDue(isTime = true): void {
    const due = this.#due;
    if (due === undefined || !isTime) return;
    this.#moment.cancel();
    this.#due = undefined;
    const { head, framing } = due;
    const body = this.#reader.begin(framing, this);
    const reply = new Reply1(this, head);
    this.#reply = reply;
    if (this.#expects(head, reply)) this.#handler.request(head, inboundOf(head, body), reply);
    this.#breakCutContent();
  }

  /** What is missing of the content under way will not come: the client has said all. */
  #breakCutContent(): void {
    if (!this.#isEnded || this.#reader.content === undefined) return;
    this.#isDeaf = true;
    this.#reader.fail(new Error('the client broke off'));
  }

  /** 100-continue is the only expectation that there is (RFC 9110, 10.1.1). */
  #expects({ version, headers }: RequestHead1, reply: Reply1): boolean {
    const [expected, ...others] = valuesOf(headers, 'expect');
    if (expected === undefined) return true;
    if (others.length > 0 || expected.toLowerCase() !== '100-continue') {
      this.#handler.malformed('the request expects what nobody knows');
      reply.whole({ status: 417, statusMessage: undefined, headers: ['Connection', 'close'] }, NOTHING);
      return false;
    }
    this.#owesContinue = version === '1.1' && this.#reader.content?.heldBytes === 0;
    return true;
  }

  #leave(head: RequestHead1): void {
    if (framingOfRequest(head.headers) !== 0)
      throw new Malformed('there is content where another protocol begins');
    const stream = this.#stream;
    keepNothing(stream, false);
    stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).pause();
    this.#onGone(this);
    this.#handler.leaves(head, stream, this.#reader.release());
  }

  #refuse(reason: string): void {
    this.#handler.malformed(`not HTTP as it should be: ${reason}`);
    const reply = this.#reply;
    const hasBegun = reply?.hasBegun() ?? false;
    this.#isDeaf = true;
    if (hasBegun) return void this.#stream.destroy();
    this.#stream.write(BAD_REQUEST);
    this.#reply = undefined;
    reply?.close();
    this.#reader.fail(new Error(`the request is not HTTP as it should be: ${reason}`));
    this.#close();
  }

  #close(): void {
    this.#isDeaf = true;
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
/** The connection's `close` tells. */
const ignore = (): void => undefined;

function faultOf(error: unknown): string {
  if (error instanceof Malformed) return error.message;
  throw error;
}

function inboundOf({ method, url, headers }: RequestHead1, body: Body | undefined): Inbound {
  const trailers = body instanceof ContentStream ? (): RawHeaders => body.trailers : NO_TRAILERS;
  return { method, path: url, headers, body, trailers, wantsTrailers: wantsTrailers(headers) };
}
