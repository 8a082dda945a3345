import type { Readable, Writable } from 'node:stream';
import type { RawHeaders } from './headers.ts';

/** A request and its answer, whatever version of HTTP they come in: what the protocols have in common here. */

/** Bytes: all of it is here, and no trailers come behind it. */
export type Body = Readable | Uint8Array;

/** What a client has asked. */
export interface Inbound {
  readonly method: string;
  /** The path with its query, as sent. */
  readonly path: string;
  /** Without pseudo-headers. */
  readonly headers: RawHeaders;
  /** Undefined: no content comes with it. */
  readonly body: Body | undefined;
  /** Those that came behind the body. */
  readonly trailers: () => RawHeaders;
  /** The client would read them behind the answer (RFC 9110, 10.1.4). */
  readonly wantsTrailers: boolean;
}

export interface AnswerHead {
  readonly status: number;
  /** Undefined where the host's version of HTTP has none. */
  readonly statusMessage: string | undefined;
  readonly headers: RawHeaders;
}

/** What the host has answered. */
export interface Answered extends AnswerHead {
  readonly body: Body;
  readonly trailers: () => RawHeaders;
}

/** The way back to the client. */
export interface Reply {
  /** Writes the head. @throws Error when it has something in it that cannot be written */
  readonly begin: (head: AnswerHead) => Writable;
  /** The head, all of the content, and the end. @throws Error as `begin` does */
  readonly whole: (head: AnswerHead, content: Uint8Array) => void;
  /** To be called before the body ends. */
  readonly addTrailers: (trailers: RawHeaders) => void;
  readonly hasBegun: () => boolean;
  /** Whole, and its end was written. */
  readonly isFinished: () => boolean;
  /** Once, when the answer is over, however. */
  readonly onceClosed: (listener: () => void) => void;
  /** The client is to see that the answer is not whole. */
  readonly breakOff: () => void;
}

/** A request on its way to the host. */
export interface Outbound {
  readonly method: string;
  readonly path: string;
  /** With a canonical Host, without what belongs to one connection only. */
  readonly headers: RawHeaders;
  readonly body: Body | undefined;
  readonly trailers: () => RawHeaders;
  /** The client would read them behind the answer. */
  readonly wantsTrailers: boolean;
}

/** A request that was sent. */
export interface Sent {
  readonly answered: Promise<Answered>;
  /** So far; to be asked once, at the end. */
  readonly traffic: () => Traffic;
  /** Nobody waits for the answer any more. */
  readonly abandon: () => void;
}

/** Bytes to the host, and from it. */
export interface Traffic {
  readonly up: number;
  readonly down: number;
}

/** An answer of the gateway's own: JSON, short, and the last on its connection. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** RFC 9209: says that it was not the origin that answered, and why. */
  readonly proxyStatus?: string;
}
