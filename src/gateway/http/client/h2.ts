import type { Inbound, Reply } from '../../message/exchange.ts';
import { pairsOf, valuesOf, wantsTrailers, type RawHeaders } from '../../message/headers.ts';
import { readableOf, writableOf } from '../h2/content.ts';
import type { RequestHead2 } from '../h2/fields.ts';
import type { Stream } from '../h2/stream.ts';

/** A client that speaks HTTP/2 (RFC 9113): one of its streams. */

/** The request, as it is the same in all versions. Written out, as in live-policy.ts. */
export function inboundOf2(stream: Stream, request: RequestHead2): Inbound {
  const { incoming } = stream;
  const { method, path, headers, wantsTrailers } = headOf2(request);
  return { method, path, headers, wantsTrailers, body: bodyOf(stream), trailers: () => incoming.trailers };
}

/** What its head says. */
export function headOf2({ method, path, headers }: RequestHead2): Omit<Inbound, 'body' | 'trailers'> {
  return { method, path, headers: joinCookies(headers), wantsTrailers: wantsTrailers(headers) };
}

function bodyOf(stream: Stream): Inbound['body'] {
  const { incoming } = stream;
  if (incoming.isEmpty) return undefined;
  return incoming.takeWhole() ?? readableOf(stream, () => stream.discard());
}

/** RFC 9113, 8.2.3: cut into pieces for compression; one header again for whoever does not know that. */
function joinCookies(headers: RawHeaders): RawHeaders {
  const cookies = valuesOf(headers, 'cookie');
  if (cookies.length < 2) return headers;
  const others = pairsOf(headers).filter(([name]) => name !== 'cookie');
  return [...others.flat(), 'cookie', cookies.join('; ')];
}

/**
 * A length where there is no content: 304 may have one (RFC 9110, 8.6), which Go's HTTP/2 takes for content that is missing;
 * with 204, nghttp2 and others refuse the answer.
 */
function withoutIdleLength(status: number, headers: RawHeaders): RawHeaders {
  if (status !== 204 && status !== 304) return headers;
  return pairsOf(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'content-length' ? [] : [name, value],
  );
}

/** The way back. */
export function replyOf2(stream: Stream): Reply {
  let trailers: RawHeaders = [];
  let whenClosed: (() => void) | undefined;
  stream.listener = {
    headed: () => undefined,
    // Who breaks it off is to say why before that is asked.
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
