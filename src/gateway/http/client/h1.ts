import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Inbound, Reply } from '../exchange.ts';
import { hasContent, pairsOf, wantsTrailers } from '../headers.ts';

/** A client that speaks HTTP/1.1, by Node's server. */

/** The request, as it is the same in all versions; `path` as the target was read. */
export function inboundOf1(incoming: IncomingMessage, path: string): Inbound {
  return {
    method: incoming.method ?? '',
    path,
    headers: incoming.rawHeaders,
    body: hasContent(incoming.rawHeaders) ? incoming : undefined,
    trailers: () => incoming.rawTrailers,
    wantsTrailers: wantsTrailers(incoming.rawHeaders),
  };
}

/** The way back. */
export function replyOf1(response: ServerResponse): Reply {
  const begin: Reply['begin'] = ({ status, statusMessage, headers }) => {
    response.sendDate = false;
    response.writeHead(status, statusMessage, [...headers]);
    return response;
  };
  return {
    begin,
    whole: (head, content) => void begin(head).end(content),
    addTrailers: (trailers) => response.addTrailers(pairsOf(trailers)),
    hasBegun: () => response.headersSent || response.destroyed,
    isFinished: () => response.writableFinished,
    onceClosed: (listener) => void response.once('close', listener),
    breakOff: () => void response.destroy(),
  };
}
