import { Readable, type Duplex } from 'node:stream';
import type { Answered, Outbound, Sent, Traffic } from '../../message/exchange.ts';
import { framingSaid } from '../h1/framing.ts';
import { framingHeader, joinedMessage, writeRequestHead } from '../h1/write.ts';
import { trailersOf, type RawHeaders } from '../../message/headers.ts';
import type { Backlog } from '../h1/backlog.ts';
import { ContentSink } from '../h1/sink.ts';
import { pour } from '../exchange/pour.ts';
import { tellLater } from './late-faults.ts';

/** One request to an upstream and its answer, on whatever connection they go. */

export interface ExchangeOptions {
  /** `once`: nothing may follow on its connection. */
  readonly connection: 'kept' | 'once' | 'upgrade';
  /** It may go again on another connection: called for that, once. Undefined: it may not. */
  readonly again?: ((exchange: Exchange1) => void) | undefined;
}

/** What an exchange asks of its connection. */
export interface Carrier {
  readonly hasServed: boolean;
  /** What is written to it bit by bit. */
  readonly backlog: Backlog;
  destroy(): void;
}

const CONNECTION: Readonly<Record<ExchangeOptions['connection'], RawHeaders>> = {
  kept: ['Connection', 'keep-alive'],
  once: ['Connection', 'close'],
  upgrade: ['Connection', 'Upgrade', 'Upgrade', 'websocket'],
};

/** Methods whose meaning asks for content: where there is none, that is said (RFC 9110, 8.6). */
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH']);

/** Begins before there is a connection, and may go once more on another. */
export class Exchange1 implements Sent {
  readonly answered: Promise<Answered>;
  readonly outbound: Outbound;
  readonly options: ExchangeOptions;
  /** The head of its answer is here. */
  isAnswered = false;
  /** Bytes from the upstream. */
  down = 0;
  #up = 0;
  #sink: ContentSink | undefined;
  #carrier: Carrier | undefined;
  #isAbandoned = false;
  #hasGoneAgain = false;
  #resolve: (answered: Answered) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(outbound: Outbound, options: ExchangeOptions) {
    this.outbound = outbound;
    this.options = options;
    this.answered = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    // Whoever looks at how it goes must not have it flow before there is a connection to take it.
    if (outbound.body instanceof Readable) outbound.body.pause();
  }

  /** All of the request is written. */
  get isSent(): boolean {
    return this.#sink?.isWhole ?? true;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  traffic(): Traffic {
    return { up: this.#up + (this.#sink?.bytesWritten ?? 0), down: this.down };
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#carrier?.destroy();
    // An error costs as much as all else here.
    if (!this.isAnswered) this.#reject(new Error('nobody waits for the answer any more'));
  }

  /** Writes it. @throws Error when it cannot be written */
  writeTo(stream: Duplex, carrier: Carrier): void {
    this.#carrier = carrier;
    const { outbound } = this;
    const { body } = outbound;
    const trailers = (): RawHeaders => trailersOf(outbound.trailers());
    // Trailers of content that is all here are known, and want chunks.
    const isWhole = !(body instanceof Readable) && (body === undefined || trailers().length === 0);
    const said = framingSaid(outbound.headers);
    const framing = isWhole ? body?.length : (said ?? 'chunked');
    if (isWhole && said !== undefined && said !== (framing ?? 0))
      throw new Error('there is not as much content as was announced');
    const head = writeRequestHead(outbound, this.#headersFor(framing ?? 0, said !== undefined));
    this.#up += head.length;
    if (isWhole) {
      stream.write(body === undefined ? Buffer.from(head, 'latin1') : joinedMessage(head, body));
      this.#up += body?.length ?? 0;
      return;
    }
    tellLater(stream);
    stream.cork();
    stream.write(Buffer.from(head, 'latin1'));
    process.nextTick(() => stream.uncork());
    this.#sink = new ContentSink({ to: carrier.backlog, framing: framing ?? 0, trailers });
    this.#pourInto(this.#sink);
  }

  /** The head of the answer, with its content. */
  answer(answered: Answered): void {
    this.isAnswered = true;
    this.#resolve(answered);
  }

  /** Its connection has nothing to do with it any more. What has not left by then does not leave. */
  leave(): void {
    this.#carrier = undefined;
    this.#sink?.destroy();
  }

  /** There will be no answer; unless it may go again. */
  fail(error: Error): void {
    const mayGoAgain = this.#carrier?.hasServed === true && !this.#hasGoneAgain && !this.#isAbandoned;
    if (!mayGoAgain || this.down > 0 || this.options.again === undefined) return this.#reject(error);
    this.#hasGoneAgain = true;
    this.options.again(this);
  }

  #headersFor(framing: Exclude<ReturnType<typeof framingSaid>, undefined>, isSaid: boolean): RawHeaders {
    const { method, body, headers } = this.outbound;
    const isNeeded =
      body !== undefined || (WITH_CONTENT.has(method) && this.options.connection !== 'upgrade');
    return [
      ...headers,
      ...(isSaid || !isNeeded ? [] : framingHeader(framing)),
      ...CONNECTION[this.options.connection],
    ];
  }

  #pourInto(sink: ContentSink): void {
    const { body } = this.outbound;
    if (body instanceof Readable) {
      // What broke the content off says more than that the request failed.
      body.once('error', (error) => this.#reject(error));
      pour(body, sink, () => this.#carrier?.destroy());
    } else sink.end(body);
    sink.once('error', (error) => {
      this.#reject(error);
      this.#carrier?.destroy();
    });
  }
}

const ignore = (): void => undefined;
