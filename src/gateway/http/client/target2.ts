import type { AskedTarget } from '../exchange/admit.ts';
import type { RequestHead2 } from '../h2/fields.ts';
import { pairsOf, type RawHeaders } from '../../message/headers.ts';
import { readTarget, type Entrance } from '../../message/target.ts';

/** Reads a target as for HTTP/1.1, after checks of the parts that only HTTP/2 has (RFC 9113, 8.3.1). */
export function targetOf2(
  { method, scheme, authority, path, headers }: RequestHead2,
  entrance: Entrance,
): AskedTarget {
  const refused = (reason: string): AskedTarget => ({
    kind: 'refused',
    rule: 'gateway.malformed',
    reason,
    host: authority,
  });
  if (method === 'CONNECT') return refused('CONNECT within HTTP/2 is not served');
  if (scheme !== 'https') return refused('the scheme is not https');
  const hosts = authority === '' ? [] : ['host', authority];
  const target = readTarget(entrance, {
    method,
    url: path,
    headers: [...hosts, ...withoutHost(headers, authority)],
  });
  return target.kind === 'health' ? refused('the gateway’s health is asked for on its own port') : target;
}

/** Removes a Host header that equals `:authority`. */
function withoutHost(headers: RawHeaders, authority: string): RawHeaders {
  if (!headers.includes('host')) return headers;
  return pairsOf(headers)
    .filter(([name, value]) => name !== 'host' || value !== authority)
    .flat();
}
