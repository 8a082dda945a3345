import type { Writable } from 'node:stream';
import type { Reply, RequestHead, ResponseHead } from '../../message/exchange.ts';
import { valuesOf, type RawHeaders } from '../../message/headers.ts';
import { announcedFraming, hasNoContent, type Framing } from '../h1/head.ts';
import { ContentSink } from '../h1/sink.ts';
import type { Backlog } from '../h1/backlog.ts';
import { framingHeader, joinedMessage, writeAnswerHead } from '../h1/write.ts';

/** Writes an answer in HTTP/1.1. */

/** The connection of the answer. */
export interface ReplyConnection {
  readonly isGone: boolean;
  /** The client still has to send content of the request. */
  readonly isReading: boolean;
  readonly backlog: Backlog;
  write(bytes: Uint8Array): void;
  /** Called when the answer is complete. `isLast`: no other answer may follow. */
  answered(isLast: boolean): void;
  breakOff(): void;
  /** As `breakOff`, but the client cannot mistake it for an end. */
  reset(): void;
}

export const IDLE_SECONDS = 60;
const KEPT = ['Connection', 'keep-alive', 'Keep-Alive', `timeout=${IDLE_SECONDS}`];
const LAST = ['Connection', 'close'];

type State = 'open' | 'begun' | 'over';

/** The head, framing and end of one answer. */
export class Reply1 implements Reply {
  readonly #way: ReplyConnection;
  readonly #request: RequestHead;
  #state: State = 'open';
  #isFinished = false;
  #isLast: boolean;
  /** The content ends with the connection. */
  #endsByClose = false;
  #trailers: RawHeaders = [];
  #onClosed: (() => void) | undefined;

  constructor(way: ReplyConnection, request: RequestHead) {
    this.#way = way;
    this.#request = request;
    this.#isLast = !wantsToGoOn(request);
  }

  begin(head: ResponseHead): Writable {
    const framing = this.#framingFor(head);
    const text = this.#writeHead(head, framing);
    this.#state = 'begun';
    this.#endsByClose = framing === 'close';
    this.#way.write(Buffer.from(text, 'latin1'));
    const sink = new ContentSink({
      to: this.#way.backlog,
      framing: framing ?? 0,
      trailers: () => this.#trailers,
    });
    sink.once('finish', () => this.#finish()).once('error', () => this.breakOff());
    return sink;
  }

  whole(head: ResponseHead, content: Uint8Array): void {
    const said = this.#framingFor(head);
    if (typeof said === 'number' && said !== content.length)
      throw new Error('the content does not have the announced length');
    const framing = said === undefined ? undefined : content.length;
    const message = joinedMessage(this.#writeHead(head, framing), said === undefined ? NOTHING : content);
    this.#state = 'begun';
    this.#way.write(message);
    this.#finish();
  }

  addTrailers(trailers: RawHeaders): void {
    this.#trailers = trailers;
  }

  hasBegun(): boolean {
    return this.#state !== 'open' || this.#way.isGone;
  }

  isFinished(): boolean {
    return this.#isFinished;
  }

  onceClosed(listener: () => void): void {
    if (this.#state === 'over') listener();
    else this.#onClosed = listener;
  }

  breakOff(): void {
    if (this.#state === 'over') return;
    if (this.#endsByClose) this.#way.reset();
    else this.#way.breakOff();
  }

  /** Ends the reply, after which nothing can be written. Only the connection calls it. */
  close(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#onClosed?.();
  }

  #finish(): void {
    if (this.#state === 'over') return;
    this.#isFinished = true;
    this.close();
    this.#way.answered(this.#isLast);
  }

  /** Returns the framing. Undefined: there is no content. @throws Error when its headers contradict each other */
  #framingFor({ status, headers }: ResponseHead): Framing | undefined {
    if (hasNoContent(this.#request.method, status)) return undefined;
    return announcedFraming(headers) ?? (this.#request.version === '1.1' ? 'chunked' : 'close');
  }

  #writeHead({ status, statusMessage, headers }: ResponseHead, framing: Framing | undefined): string {
    // An answer before the whole request ends the connection, because the next request would follow content that nobody
    // reads.
    if (framing === 'close' || this.#way.isReading || valuesOf(headers, 'connection').length > 0)
      this.#isLast = true;
    if (this.#state !== 'open') throw new Error('the request already has an answer, or its client left');
    const own = this.#isLast ? LAST : KEPT;
    const isSaid = framing === undefined || valuesOf(headers, 'content-length').length > 0;
    const all = [...withoutOwn(headers, status), ...(isSaid ? [] : framingHeader(framing)), ...own];
    return writeAnswerHead({ status, statusMessage }, all);
  }
}

const NOTHING = new Uint8Array();

/** Removes headers that this code writes itself, and a length where there is no content (RFC 9110, 8.6). */
function withoutOwn(headers: RawHeaders, status: number): RawHeaders {
  const unwanted = status === 204 || status < 200 ? ['connection', 'content-length'] : ['connection'];
  const isClean = unwanted.every((name) => valuesOf(headers, name).length === 0);
  return isClean
    ? headers
    : headers.filter((_, at) => !unwanted.includes((headers[at - (at % 2)] ?? '').toLowerCase()));
}

/** Returns whether the connection persists, by RFC 9112, 9.3. */
function wantsToGoOn({ version, headers }: RequestHead): boolean {
  const values = valuesOf(headers, 'connection');
  if (values.length === 0) return version === '1.1';
  const options = values.flatMap((value) => value.toLowerCase().split(',')).map((option) => option.trim());
  return !options.includes('close') && (version === '1.1' || options.includes('keep-alive'));
}
