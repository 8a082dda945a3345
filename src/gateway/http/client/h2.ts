import type { HttpRequest, Reply } from '../../message/exchange.ts';
import { pairsOf, valuesOf, wantsTrailers, type RawHeaders } from '../../message/headers.ts';
import { readableOf, writableOf } from '../h2/content.ts';
import type { RequestHead2 } from '../h2/fields.ts';
import type { Stream } from '../h2/stream.ts';

/** Requests and replies on streams of a client of HTTP/2 (RFC 9113). */

/** Returns the request in the form for all HTTP versions. */
export function requestOf2(stream: Stream, head: RequestHead2): HttpRequest {
  const { incoming } = stream;
  const { method, scheme = '', path, headers, wantsTrailers } = headOf2(head);
  const trailers = (): RawHeaders => incoming.trailers;
  return { method, scheme, path, headers, body: bodyOf(stream), trailers, wantsTrailers };
}

/** Returns the parts of a request that its head has. The Host header of the result is `:authority`. */
export function headOf2({
  method,
  scheme,
  authority,
  path,
  headers,
}: RequestHead2): Omit<HttpRequest, 'body' | 'trailers'> {
  const others = joinCookies(withoutHost(headers, authority));
  const withHost = authority === '' ? others : ['host', authority].concat(others);
  return { method, scheme, path, headers: withHost, wantsTrailers: wantsTrailers(headers) };
}

/** Removes a Host header that equals `:authority`. */
function withoutHost(headers: RawHeaders, authority: string): RawHeaders {
  if (!headers.includes('host')) return headers;
  return pairsOf(headers)
    .filter(([name, value]) => name !== 'host' || value !== authority)
    .flat();
}

function bodyOf(stream: Stream): HttpRequest['body'] {
  const { incoming } = stream;
  if (incoming.isEmpty) return undefined;
  return incoming.takeWhole() ?? readableOf(stream, () => stream.discard());
}

/**
 * RFC 9113, 8.2.3: clients may split the cookie header for compression. This joins it for servers that do not know
 * that.
 */
function joinCookies(headers: RawHeaders): RawHeaders {
  const cookies = valuesOf(headers, 'cookie');
  if (cookies.length < 2) return headers;
  const others = pairsOf(headers).filter(([name]) => name !== 'cookie');
  return [...others.flat(), 'cookie', cookies.join('; ')];
}

/**
 * Removes a length where there is no content. A 304 may have one (RFC 9110, 8.6), but Go's HTTP/2 expects content then.
 * With a 204, nghttp2 and others refuse the answer.
 */
function withoutIdleLength(status: number, headers: RawHeaders): RawHeaders {
  if (status !== 204 && status !== 304) return headers;
  return pairsOf(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'content-length' ? [] : [name, value],
  );
}

/** Returns the reply on this stream. */
export function replyOf2(stream: Stream): Reply {
  let trailers: RawHeaders = [];
  let whenClosed: (() => void) | undefined;
  stream.listener = {
    headed: () => undefined,
    // The code that breaks it off must be able to set the reason before the listener asks for it.
    closed: (error) => (error === undefined ? whenClosed?.() : process.nextTick(() => whenClosed?.())),
  };
  return {
    begin: ({ status, headers }) => {
      stream.sendHead([':status', String(status), ...withoutIdleLength(status, headers)]);
      return writableOf(stream, () => trailers);
    },
    whole: ({ status, headers }, content) => {
      stream.sendHead(
        [':status', String(status), ...withoutIdleLength(status, headers)],
        content.length === 0,
      );
      stream.sendLast(content);
    },
    addTrailers: (more) => (trailers = more),
    hasBegun: () => stream.hasSentHead || stream.isClosed,
    isFinished: () => stream.outgoing.isFinished,
    onceClosed: (listener) => {
      if (stream.isClosed) listener();
      else whenClosed = listener;
    },
    breakOff: () => stream.reset('internalError'),
  };
}
