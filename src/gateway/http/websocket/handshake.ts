import { createHash } from 'node:crypto';
import type { Passage } from '../../gate/gate.ts';
import { askingForWhole } from '../../inject/whole-answers.ts';
import { authorityOf } from '../../message/authority.ts';
import { proxyAskedBy } from '../exchange/company-proxy.ts';
import type { Answered, Inbound, Outbound } from '../../message/exchange.ts';
import { endToEnd, valuesOf } from '../../message/headers.ts';

/** What a WebSocket begins with on its way to the host (RFC 6455, 4), there or through a company proxy. */

/** The request, with a canonical Host; a proxy gets it with the whole URL and with what it knows the gateway by. */
export function outboundOf(
  { passage, inbound }: { readonly passage: Passage; readonly inbound: Inbound },
  key: string,
): Outbound {
  const authority = authorityOf(passage.asked);
  const proxy = proxyAskedBy(passage);
  // Without extensions, frames are what they say: compressed ones could not be looked into.
  const own = [
    'host',
    'content-length',
    'sec-websocket-extensions',
    'sec-websocket-key',
    'sec-websocket-version',
    ...(passage.budget.limitsTokens ? ['accept-encoding'] : []),
  ];
  // What must be read is not to be coded, nor told in parts: a host may answer otherwise.
  const asking = (passage.isLent ? askingForWhole : endToEnd)(inbound.headers, own);
  const handshakeHeaders = ['Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '13'];
  const credentials = proxy?.authorization === undefined ? [] : ['Proxy-Authorization', proxy.authorization];
  return {
    method: 'GET',
    path: proxy === undefined ? inbound.path : `http://${authority}${inbound.path}`,
    headers: ['Host', authority, ...asking, ...handshakeHeaders, ...credentials],
    body: undefined,
    trailers: () => [],
    wantsTrailers: false,
  };
}

/** RFC 6455, 4.1: so a host shows that it means a WebSocket. */
export function isAccepted({ headers }: Answered, key: string): boolean {
  const expected = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const accepted = valuesOf(headers, 'sec-websocket-accept');
  return accepted.length === 1 && accepted[0] === expected;
}
