import type { Readable, Writable } from 'node:stream';
import type { RawHeaders } from './headers.ts';

/** A request and its answer, independent of the HTTP version. */

/** As bytes, the body is complete, and no trailers follow it. */
export type Body = Readable | Uint8Array;

/** The request of a client. */
export interface Inbound {
  readonly method: string;
  /** The path with its query, as sent. */
  readonly path: string;
  /** Without pseudo-headers. */
  readonly headers: RawHeaders;
  /** Undefined: the request has no content. */
  readonly body: Body | undefined;
  /** Returns the trailers after the body. */
  readonly trailers: () => RawHeaders;
  /** The client accepts trailers after the answer (RFC 9110, 10.1.4). */
  readonly wantsTrailers: boolean;
}

export interface AnswerHead {
  readonly status: number;
  /** Undefined where the host's version of HTTP has none. */
  readonly statusMessage: string | undefined;
  readonly headers: RawHeaders;
}

/** The answer of the host. */
export interface Answered extends AnswerHead {
  readonly body: Body;
  readonly trailers: () => RawHeaders;
}

/** The way back to the client. */
export interface Reply {
  /** Writes the head. @throws Error when the head contains something that cannot be written */
  readonly begin: (head: AnswerHead) => Writable;
  /** Writes the head, all content, and the end. @throws Error as `begin` does */
  readonly whole: (head: AnswerHead, content: Uint8Array) => void;
  /** Call it before the body ends. */
  readonly addTrailers: (trailers: RawHeaders) => void;
  readonly hasBegun: () => boolean;
  /** The answer is complete, and its end was written. */
  readonly isFinished: () => boolean;
  /** Calls the listener once when the answer is over, successful or not. */
  readonly onceClosed: (listener: () => void) => void;
  /** Ends the answer such that the client sees that it is incomplete. */
  readonly breakOff: () => void;
}

/** A request on its way to the host. */
export interface Outbound {
  readonly method: string;
  readonly path: string;
  /** With a canonical Host, without headers of a single connection. */
  readonly headers: RawHeaders;
  readonly body: Body | undefined;
  readonly trailers: () => RawHeaders;
  /** The client accepts trailers after the answer. */
  readonly wantsTrailers: boolean;
}

/** A request that was sent. */
export interface Sent {
  readonly answered: Promise<Answered>;
  /** Returns the traffic so far. Call it once, at the end. */
  readonly traffic: () => Traffic;
  /** Abandons the answer. */
  readonly abandon: () => void;
}

/** Bytes to the host and from it. */
export interface Traffic {
  readonly up: number;
  readonly down: number;
}

/** An answer of the gateway itself: JSON, short, and the last on its connection. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** RFC 9209: says that the origin did not answer, and why. */
  readonly proxyStatus?: string;
}
