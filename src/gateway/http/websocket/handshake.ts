import { createHash } from 'node:crypto';
import type { Passage } from '../../gate/gate.ts';
import { headersForWholeAnswer } from '../../inject/scrub/whole-answers.ts';
import { authorityOf } from '../../message/canonical.ts';
import { proxyAskedBy } from '../exchange/company-proxy.ts';
import type { HttpRequest, HttpResponse } from '../../message/exchange.ts';
import { endToEnd, valuesOf } from '../../message/headers.ts';

/** The start of a WebSocket on the way to its host (RFC 6455, 4), directly or through a company proxy. */

/** Returns the request, with a canonical Host. A proxy gets it with the absolute URL and the gateway's credentials. */
export function outboundOf(
  { passage, request }: { readonly passage: Passage; readonly request: HttpRequest },
  key: string,
): HttpRequest {
  const authority = authorityOf(passage.asked);
  const proxy = proxyAskedBy(passage);
  // Removes extensions, because compressed frames could not be inspected.
  const own = [
    'host',
    'content-length',
    'sec-websocket-extensions',
    'sec-websocket-key',
    'sec-websocket-version',
    ...(passage.budget.limitsTokens ? ['accept-encoding'] : []),
  ];
  // Content that must be read must arrive uncoded and complete. A host may answer otherwise.
  const asking = (passage.isLent ? headersForWholeAnswer : endToEnd)(request.headers, own);
  const handshakeHeaders = ['Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '13'];
  const credentials = proxy?.authorization === undefined ? [] : ['Proxy-Authorization', proxy.authorization];
  return {
    method: 'GET',
    path: proxy === undefined ? request.path : `http://${authority}${request.path}`,
    headers: ['Host', authority, ...asking, ...handshakeHeaders, ...credentials],
    body: undefined,
    trailers: () => [],
    wantsTrailers: false,
  };
}

/** Returns whether the host has accepted a WebSocket (RFC 6455, 4.1). */
export function isAccepted({ headers }: HttpResponse, key: string): boolean {
  const expected = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const accepted = valuesOf(headers, 'sec-websocket-accept');
  return accepted.length === 1 && accepted[0] === expected;
}
