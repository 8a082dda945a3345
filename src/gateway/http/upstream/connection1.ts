import type { Duplex } from 'node:stream';
import type { Body, HttpResponse } from '../../message/exchange.ts';
import { Backlog } from '../h1/backlog.ts';
import { ContentStream, type Flow } from '../../message/content-stream.ts';
import { type AnswerHead1, type Framing, Malformed, framingOfAnswer, readAnswerHead } from '../h1/head.ts';
import { Moment } from '../h1/moment.ts';
import { Reader } from '../h1/reader.ts';
import { valuesOf, type RawHeaders } from '../../message/headers.ts';
import { keepNothing } from '../../tunnel/shared-reads.ts';
import { type Carrier, Exchange1, hasWriteFailed } from './exchange1.ts';
/** A connection to an HTTP/1.1 upstream, with one exchange at a time. */

const MAX_HEAD_BYTES = 65_536;
/** Maximum of interim answers (RFC 9110, 15.2), which the gateway does not pass on. */
const MAX_INTERIM = 16;

/** Runs exchanges in sequence, and closes where another could not follow safely. */
export class UpstreamConnection1 implements Carrier, Flow {
  /** The connection has carried an exchange, so the upstream may have closed it by now. */
  hasServed = false;
  /** Time when the pool kept it, in milliseconds since the epoch. */
  keptAtMs = 0;
  readonly key: string;
  readonly #stream: Duplex;
  readonly #reader = new Reader(MAX_HEAD_BYTES);
  readonly #onFree: (connection: UpstreamConnection1) => void;
  #backlog: Backlog | undefined;
  #exchange: Exchange1 | undefined;
  #interim = 0;
  #isPaused = false;
  #mayKeep = false;
  /** A parsed answer head whose content may arrive within this moment. */
  #due: DueAnswer | undefined;
  readonly #moment = new Moment(() => this.#onMoment());

  /** `onFree`: called when an exchange is over and another may follow. */
  constructor(stream: Duplex, key: string, onFree: (connection: UpstreamConnection1) => void) {
    this.#stream = stream;
    this.key = key;
    this.#onFree = onFree;
    stream.on('error', this.#onError);
    stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    keepNothing(stream, true);
  }

  get isUsable(): boolean {
    return !this.#stream.destroyed && this.#exchange === undefined;
  }

  get backlog(): Backlog {
    this.#backlog ??= new Backlog(this.#stream);
    return this.#backlog;
  }

  /** Runs this exchange, which must be the only one. The exchange gets all results. */
  run(exchange: Exchange1): void {
    this.#exchange = exchange;
    this.#interim = 0;
    this.#mayKeep = false;
    try {
      exchange.writeTo(this.#stream, this);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  destroy(): void {
    this.#stream.destroy();
  }

  wanted(content: ContentStream): void {
    if (content !== this.#reader.content || !this.#isPaused) return;
    this.#isPaused = false;
    this.#stream.resume();
  }

  dropped(content: ContentStream): void {
    if (content === this.#reader.content) this.#stream.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    const exchange = this.#exchange;
    // Bytes without a request.
    if (exchange === undefined) return this.destroy();
    exchange.down += bytes.length;
    try {
      const isWanted = this.#reader.push(bytes);
      if (this.#due !== undefined) this.#answerDue(!this.#reader.isShortOf(this.#due.framing));
      else if (!exchange.isAnswered) this.#readHead(exchange);
      else if (this.#reader.content === undefined) this.#finish(exchange);
      else if (!isWanted) this.#pause();
    } catch (error) {
      this.#fail(describe(error));
    }
    this.#reader.keep();
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onEnd = (): void => {
    this.#answerDue();
    const exchange = this.#exchange;
    this.#mayKeep = false;
    if (exchange?.isAnswered === true && this.#reader.end()) this.#finish(exchange);
    else this.#fail(new Error(this.#brokenOff()));
  };

  readonly #onClose = (): void => this.#fail(new Error(this.#brokenOff()));

  #brokenOff(): string {
    const isBegun = (this.#exchange?.down ?? 0) > 0;
    return `the upstream closed the connection ${isBegun ? 'in the middle of its answer' : 'without an answer'}`;
  }

  /** Reads heads until the answer's. @throws Malformed */
  #readHead(exchange: Exchange1): void {
    for (let text = this.#reader.head(); text !== undefined; text = this.#reader.head()) {
      const head = readAnswerHead(text);
      if (head.status === 101) return this.#changeProtocol(exchange, head);
      if (head.status >= 200) return this.#answer(exchange, head);
      this.#interim += 1;
      if (this.#interim > MAX_INTERIM) throw new Malformed('there are too many interim answers');
    }
  }

  #answer(exchange: Exchange1, head: AnswerHead1): void {
    const framing = framingOfAnswer(exchange.outbound.method, head);
    this.#mayKeep = exchange.options.connection === 'kept' && framing !== 'close' && staysOpen(head);
    this.#due = { exchange, head, framing };
    if (this.#reader.isShortOf(framing)) this.#moment.begin();
    else this.#answerDue();
  }

  readonly #onMoment = (): void => {
    try {
      this.#answerDue();
    } catch (error) {
      this.#fail(describe(error));
    }
  };

  /** Answers the exchange. @throws Malformed */
  #answerDue(isTime = true): void {
    const due = this.#due;
    if (due === undefined || !isTime) return;
    this.#moment.cancel();
    this.#due = undefined;
    const { exchange, head, framing } = due;
    const body = this.#reader.begin(framing, this) ?? NOTHING;
    if (this.#reader.content === undefined) this.#finish(exchange);
    exchange.answer(answeredOf(head, body));
  }

  #changeProtocol(exchange: Exchange1, head: AnswerHead1): void {
    if (exchange.options.connection !== 'upgrade')
      throw new Malformed('it changes to a protocol that the gateway did not ask for');
    const stream = this.#stream;
    this.#exchange = undefined;
    exchange.leave();
    keepNothing(stream, false);
    stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).pause();
    exchange.answer(answeredOf(head, this.#reader.release()));
  }

  /** Ends the exchange after its answer, without waiting for the rest of the request. */
  #finish(exchange: Exchange1): void {
    this.#exchange = undefined;
    const isSent = exchange.isSent && !hasWriteFailed(this.#stream);
    const mayFollow = this.#mayKeep && isSent && this.#reader.heldBytes === 0;
    exchange.leave();
    if (!mayFollow) return this.destroy();
    this.hasServed = true;
    this.#onFree(this);
  }

  #fail(error: Error): void {
    this.#moment.cancel();
    this.#due = undefined;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stream.destroy();
    this.#reader.fail(error);
    if (exchange === undefined) return;
    if (!exchange.isAnswered) exchange.fail(error);
    exchange.leave();
  }

  #pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }
}

interface DueAnswer {
  readonly exchange: Exchange1;
  readonly head: AnswerHead1;
  readonly framing: Framing;
}

const NOTHING = Buffer.alloc(0);
const NO_TRAILERS = (): RawHeaders => [];

function describe(error: unknown): Error {
  if (!(error instanceof Malformed)) return error as Error;
  return new Error(`the answer is malformed HTTP: ${error.message}`);
}

/** Returns whether the connection persists, by RFC 9112, 9.3. */
function staysOpen({ version, headers }: AnswerHead1): boolean {
  return version === '1.1' && !valuesOf(headers, 'connection').some((value) => /\bclose\b/i.test(value));
}

function answeredOf({ status, statusMessage, headers }: AnswerHead1, body: Body): HttpResponse {
  const trailers = body instanceof ContentStream ? (): RawHeaders => body.trailers : NO_TRAILERS;
  return { status, statusMessage, headers, body, trailers };
}
