import { Readable, type Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse, Sent, Traffic } from '../../message/exchange.ts';
import { announcedFraming } from '../h1/head.ts';
import { framingHeader, joinedMessage, writeRequestHead } from '../h1/write.ts';
import { trailersOf, type RawHeaders } from '../../message/headers.ts';
import type { Backlog } from '../h1/backlog.ts';
import { ContentSink } from '../h1/sink.ts';
import { pour } from '../exchange/pour.ts';

/** One request to an upstream and its answer, independent of the connection. */

export interface ExchangeOptions {
  /** `once`: nothing may follow on its connection. */
  readonly connection: 'kept' | 'once' | 'upgrade';
  /** Called once to send the request again on another connection. Undefined: it must not be sent again. */
  readonly again?: ((exchange: Exchange1) => void) | undefined;
}

/** The parts of a connection that an exchange needs. */
export interface Carrier {
  readonly hasServed: boolean;
  /** For content that is written in pieces. */
  readonly backlog: Backlog;
  destroy(): void;
}

const CONNECTION: Readonly<Record<ExchangeOptions['connection'], RawHeaders>> = {
  kept: ['Connection', 'keep-alive'],
  once: ['Connection', 'close'],
  upgrade: ['Connection', 'Upgrade', 'Upgrade', 'websocket'],
};

/** Methods that expect content: a request without content states a length of 0 (RFC 9110, 8.6). */
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH']);

/** An exchange starts before there is a connection, and may be sent once more on another. */
export class Exchange1 implements Sent {
  readonly answered: Promise<HttpResponse>;
  readonly outbound: HttpRequest;
  readonly options: ExchangeOptions;
  /** The head of its answer has arrived. */
  isAnswered = false;
  /** Bytes from the upstream. */
  down = 0;
  #up = 0;
  #sink: ContentSink | undefined;
  #carrier: Carrier | undefined;
  #isAbandoned = false;
  #hasGoneAgain = false;
  #resolve: (answered: HttpResponse) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(outbound: HttpRequest, options: ExchangeOptions) {
    this.outbound = outbound;
    this.options = options;
    this.answered = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    // Listeners on the body must not make it flow before there is a connection.
    if (outbound.body instanceof Readable) outbound.body.pause();
  }

  /** The whole request is written. */
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
    // Making an error costs as much as the rest of this function.
    if (!this.isAnswered) this.#reject(new Error('the client no longer waits for the answer'));
  }

  /** Writes the request. @throws Error when it cannot be written */
  writeTo(stream: Duplex, carrier: Carrier): void {
    this.#carrier = carrier;
    const { outbound } = this;
    const { body } = outbound;
    const trailers = (): RawHeaders => trailersOf(outbound.trailers());
    // Trailers of complete content are known, and require chunks.
    const isWhole = !(body instanceof Readable) && (body === undefined || trailers().length === 0);
    const said = announcedFraming(outbound.headers);
    const framing = isWhole ? body?.length : (said ?? 'chunked');
    if (isWhole && said !== undefined && said !== (framing ?? 0))
      throw new Error('the content does not have the announced length');
    const head = writeRequestHead(outbound, this.#headersFor(framing ?? 0, said !== undefined));
    this.#up += head.length;
    if (isWhole) {
      stream.write(body === undefined ? Buffer.from(head, 'latin1') : joinedMessage(head, body));
      this.#up += body?.length ?? 0;
      return;
    }
    delayWriteFailures(stream);
    stream.cork();
    stream.write(Buffer.from(head, 'latin1'));
    process.nextTick(() => stream.uncork());
    this.#sink = new ContentSink({ to: carrier.backlog, framing: framing ?? 0, trailers });
    this.#pourInto(this.#sink);
  }

  /** Settles with the head of the answer and its content. */
  answer(answered: HttpResponse): void {
    this.isAnswered = true;
    this.#resolve(answered);
  }

  /** Leaves its connection. The unsent rest of the request is dropped. */
  leave(): void {
    this.#carrier = undefined;
    this.#sink?.destroy();
  }

  /** Fails, unless the request may be sent again. */
  fail(error: Error): void {
    const mayGoAgain = this.#carrier?.hasServed === true && !this.#hasGoneAgain && !this.#isAbandoned;
    if (!mayGoAgain || this.down > 0 || this.options.again === undefined) return this.#reject(error);
    this.#hasGoneAgain = true;
    this.options.again(this);
  }

  #headersFor(framing: Exclude<ReturnType<typeof announcedFraming>, undefined>, isSaid: boolean): RawHeaders {
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
      // The error of the content is more precise than the failure of the request.
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

/**
 * An upstream may answer before it has the whole request, and close: "too large", "not allowed". The next write then
 * fails, and Node closes the connection, although the answer is there unread. So this reports a failed write later, and
 * until then it counts as active.
 */

/**
 * Delay in milliseconds. Bytes that have arrived are read long before, unless the client reads slowly. No more will
 * arrive.
 */
const LATER_MS = 1_000;
const HOST_HAS_CLOSED: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

type Callback = (error?: Error | null) => void;

/** The methods that `stream.Writable` calls on its implementation. */
interface Implementation {
  _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void;
  _writev?(chunks: unknown, callback: Callback): void;
}

const patient = new WeakSet<Duplex>();
const broken = new WeakSet<Duplex>();

/** Makes a connection report a failed write one second later, if it is still open then. */
export function delayWriteFailures(stream: Duplex): void {
  if (patient.has(stream)) return;
  patient.add(stream);
  const implementation = stream as unknown as Implementation;
  const write = implementation._write.bind(stream);
  const writev = implementation._writev?.bind(stream);
  const later =
    (callback: Callback): Callback =>
    (error) => {
      if (!error || !HOST_HAS_CLOSED.has((error as NodeJS.ErrnoException).code)) return callback(error);
      broken.add(stream);
      const timer = setTimeout(() => callback(error), LATER_MS);
      stream.once('close', () => clearTimeout(timer));
    };
  implementation._write = (chunk, encoding, callback) => write(chunk, encoding, later(callback));
  if (writev !== undefined) implementation._writev = (chunks, callback) => writev(chunks, later(callback));
}

/** Returns whether a write has failed, reported or not, so that nothing more can be sent. */
export const hasWriteFailed = (stream: Duplex): boolean => broken.has(stream);
