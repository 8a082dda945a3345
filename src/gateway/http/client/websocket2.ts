import { respondTo } from '../exchange/error-response.ts';
import { duplexOf } from '../h2/content.ts';
import type { RequestHead2 } from '../h2/fields.ts';
import type { Stream } from '../h2/stream.ts';
import { endToEnd, type RawHeaders } from '../../message/headers.ts';
import { pour } from '../exchange/pour.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from '../websocket/pass.ts';
import { headOf2, replyOf2 } from './h2.ts';

/** WebSockets over HTTP/2 (RFC 8441): a CONNECT that names the protocol. Its frames are content of the stream. */

/** Returns whether a request asks for a WebSocket. */
export function wantsWebSocket({ protocol }: RequestHead2): boolean {
  return protocol === 'websocket';
}

/** Opens a WebSocket for one stream, or answers why not. Rules and hosts see it as a GET, as in HTTP/1.1. */
export async function openWebSocket2(
  stream: Stream,
  request: RequestHead2,
  parts: WebSocketParts,
): Promise<void> {
  const asGet = { ...headOf2(request), method: 'GET', body: undefined, trailers: () => [] };
  await passWebSocket(clientOf2(stream), asGet, parts);
}

/** Removes the headers that only HTTP/1.1 has (RFC 8441, 5). */
const withoutHandshake = (headers: RawHeaders): RawHeaders => endToEnd(headers, ['sec-websocket-accept']);

function clientOf2(stream: Stream): WebSocketClient {
  const reply = replyOf2(stream);
  return {
    stream: duplexOf(stream),
    accept: ({ headers }) => stream.sendHead([':status', '200', ...withoutHandshake(headers)]),
    passOn: (head, body) => {
      stream.discard();
      pour(body, reply.begin(head), () => reply.breakOff());
    },
    answer: (said) => {
      stream.discard();
      respondTo(reply, said);
    },
    isGone: reply.hasBegun,
  };
}
