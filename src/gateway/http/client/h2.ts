import { constants, type Http2Stream, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Inbound, Reply } from '../exchange.ts';
import { endToEnd, pairsOf, wantsTrailers, type RawHeaders } from '../headers.ts';

/** A client that speaks HTTP/2 (RFC 9113): one of its streams. */

export interface StreamHead {
  readonly headers: RawHeaders;
  readonly hasBody: boolean;
}

/** The request, as it is the same in all versions. */
export function inboundOf2(stream: ServerHttp2Stream, { headers, hasBody }: StreamHead): Inbound {
  let trailers: RawHeaders = [];
  stream.once('trailers', (_, __, raw?: readonly string[]) => (trailers = raw ?? []));
  const pairs = pairsOf(headers);
  return {
    method: pseudo(headers, ':method'),
    path: pseudo(headers, ':path'),
    headers: joinCookies(pairs.filter(([name]) => !name.startsWith(':'))).flat(),
    body: hasBody ? stream : undefined,
    trailers: () => trailers,
    wantsTrailers: wantsTrailers(headers),
  };
}

/** A pseudo-header, each of which Node has seen to be there once at most. */
export function pseudo(headers: RawHeaders, name: string): string {
  return pairsOf(headers).find(([key]) => key === name)?.[1] ?? '';
}

/** RFC 9113, 8.2.3: cut into pieces for compression; one header again for whoever does not know that. */
function joinCookies(pairs: [string, string][]): [string, string][] {
  const cookies = pairs.filter(([name]) => name === 'cookie').map(([, value]) => value);
  if (cookies.length < 2) return pairs;
  return [...pairs.filter(([name]) => name !== 'cookie'), ['cookie', cookies.join('; ')]];
}

/** The way back. */
export function replyOf2(stream: ServerHttp2Stream): Reply {
  let trailers: RawHeaders = [];
  stream.once('wantTrailers', () => sendTrailers2(stream, trailers));
  const begin: Reply['begin'] = ({ status, headers }) => {
    stream.respond({ ...headersOf2(endToEnd(headers)), ':status': status }, {
      waitForTrailers: true,
      sendDate: false,
    } as { waitForTrailers: boolean });
    return stream;
  };
  return {
    begin,
    whole: (head, content) => void begin(head).end(content),
    addTrailers: (more) => (trailers = more),
    hasBegun: () => stream.headersSent || stream.destroyed || stream.closed,
    isFinished: () => stream.writableFinished,
    onceClosed: (listener) => void stream.once('close', listener),
    breakOff: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  };
}

/** Ends a stream with these; a list that Node does not take (a name twice, which must be there once) breaks it off. */
export function sendTrailers2(stream: Http2Stream, trailers: RawHeaders): void {
  try {
    stream.sendTrailers(headersOf2(trailers));
  } catch {
    stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
  }
}

/** As Node's HTTP/2 takes them: in small letters, and several of a name as a list. */
export function headersOf2(raw: RawHeaders): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of pairsOf(raw)) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
