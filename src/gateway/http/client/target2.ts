import type { AskedTarget } from '../admit.ts';
import type { Inbound } from '../exchange.ts';
import { pairsOf } from '../headers.ts';
import { readTarget, type Entrance } from '../target.ts';
import { pseudo, type StreamHead } from './h2.ts';

/** As for HTTP/1.1, once what only HTTP/2 has is seen to fit (RFC 9113, 8.3.1). */
export function targetOf2(
  { method, path, headers }: Inbound,
  head: StreamHead,
  entrance: Entrance,
): AskedTarget {
  const authority = pseudo(head.headers, ':authority');
  const refused = (reason: string): AskedTarget => ({
    kind: 'refused',
    rule: 'gateway.malformed',
    reason,
    host: authority,
  });
  if (method === 'CONNECT') return refused('CONNECT within HTTP/2 is not served');
  if (pseudo(head.headers, ':scheme') !== 'https') return refused('the scheme is not https');
  const hosts = authority === '' ? [] : ['host', authority];
  // Named twice in the same way is named once.
  const others = pairsOf(headers).filter(([name, value]) => name !== 'host' || value !== authority);
  const target = readTarget(entrance, { method, url: path, headers: [...hosts, ...others.flat()] });
  return target.kind === 'health' ? refused('the gateway’s health is asked for on its own port') : target;
}
