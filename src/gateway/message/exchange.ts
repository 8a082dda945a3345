import type { Readable, Writable } from 'node:stream';
import type { RawHeaders } from './headers.ts';

/** A request and its answer, independent of the HTTP version. */

/** As bytes, the body is complete, and no trailers follow it. */
export type Body = Readable | Uint8Array;

/** A parsed request, in one form for all HTTP versions. */
export interface HttpRequest extends RequestHead {
  /** Undefined: the request has no content. */
  readonly body: Body | undefined;
  /** Returns the trailers after the body. */
  readonly trailers: () => RawHeaders;
  /** The client accepts trailers after the answer (RFC 9110, 10.1.4). */
  readonly wantsTrailers: boolean;
}

/**
 * Returns the request with other parts. Lists the members, as all code for each request does: Node 20 makes a new shape
 * for each object that is spread, which takes small requests a fifth longer (docs/adr/0165).
 */
export function requestWith(
  request: HttpRequest,
  {
    path = request.path,
    headers = request.headers,
    body = request.body,
    trailers = request.trailers,
  }: Partial<HttpRequest>,
): HttpRequest {
  const { method, wantsTrailers } = request;
  return { method, path, headers, body, trailers, wantsTrailers };
}

export interface RequestHead {
  readonly method: string;
  /** From the client: the request target as sent. Once it is judged: the path with its query. */
  readonly path: string;
  /** Without pseudo-headers. `:authority` is the Host header here. */
  readonly headers: RawHeaders;
  /** The version in the request line of HTTP/1: `1.1`. */
  readonly version?: string;
  /** The scheme that an HTTP/2 request states. */
  readonly scheme?: string;
}

export interface ResponseHead {
  readonly status: number;
  /** Undefined where the host's version of HTTP has none. */
  readonly statusMessage: string | undefined;
  readonly headers: RawHeaders;
}

/** The response of a host. */
export interface HttpResponse extends ResponseHead {
  readonly body: Body;
  readonly trailers: () => RawHeaders;
}

/** The way back to the client. */
export interface Reply {
  /** Writes the head. @throws Error when the head contains something that cannot be written */
  readonly begin: (head: ResponseHead) => Writable;
  /** Writes the head, all content, and the end. @throws Error as `begin` does */
  readonly whole: (head: ResponseHead, content: Uint8Array) => void;
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

/** A request that was sent. */
export interface Sent {
  readonly answered: Promise<HttpResponse>;
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
