import { constants, type ServerHttp2Stream } from 'node:http2';
import { respondTo } from '../answer.ts';
import { endToEnd, type RawHeaders } from '../headers.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from '../websocket/pass.ts';
import { headersOf2, inboundOf2, pseudo, replyOf2, type StreamHead } from './h2.ts';
import { targetOf2 } from './target2.ts';

/** WebSockets over HTTP/2 (RFC 8441): a CONNECT that names the protocol, in which frames are content. */

/** Whether a stream is to become one. */
export function wantsWebSocket({ headers }: StreamHead): boolean {
  return pseudo(headers, ':method') === 'CONNECT' && pseudo(headers, ':protocol') === 'websocket';
}

/** Takes a WebSocket up for one stream, or answers why not. To rules and hosts it is the GET that it is in HTTP/1.1. */
export async function openWebSocket2(
  stream: ServerHttp2Stream,
  { headers }: StreamHead,
  parts: WebSocketParts,
): Promise<void> {
  const asGet = { headers, hasBody: false };
  const inbound = { ...inboundOf2(stream, asGet), method: 'GET' };
  const target = targetOf2(inbound, asGet, parts.entrance);
  await passWebSocket(clientOf2(stream), { inbound, target }, parts);
}

/** What of the host's answer is for HTTP/1.1 alone (RFC 8441, 5). */
const withoutHandshake = (headers: RawHeaders): RawHeaders => endToEnd(headers, ['sec-websocket-accept']);

function clientOf2(stream: ServerHttp2Stream): WebSocketClient {
  const reply = replyOf2(stream);
  return {
    stream,
    accept: ({ headers }) =>
      stream.respond({ ...headersOf2(withoutHandshake(headers)), ':status': constants.HTTP_STATUS_OK }),
    passOn: (head, body) => void body.pipe(reply.begin(head)),
    answer: (said) => respondTo(reply, said),
    isGone: reply.hasBegun,
  };
}
