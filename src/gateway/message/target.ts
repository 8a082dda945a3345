import { METHODS } from '../../host/http-methods.ts';
import { canonicalEndpoint, type Endpoint } from './canonical.ts';
import type { RequestHead } from './exchange.ts';
import { valuesOf, type RawHeaders } from './headers.ts';

/** Derives a request's destination from all the places that name it. If they disagree, the request is refused. */

/** How the connection came in, which decides the valid forms of a request. */
export interface Entrance {
  readonly via: 'proxy' | 'http' | 'connect' | 'tls';
  /** Fixed by an earlier CONNECT request, or by the server name in TLS. */
  readonly bound?: Endpoint;
  /** The request came inside TLS that the gateway opened. */
  readonly isSecure?: true;
  /** The TLS version and the protocol inside: `TLSv1.3 h2`. */
  readonly tls?: string;
}

export type Target =
  /** `path` includes the query, as sent. */
  | { readonly kind: 'outside'; readonly endpoint: Endpoint; readonly path: string }
  | { readonly kind: 'refused'; readonly rule: string; readonly reason: string; readonly host: string };

const HEALTH_PATH = '/.bot-bottle/health';

const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/is;
const DEFAULT_PORT = { http: 80, https: 443 } as const;

/** Returns the protocol on a connection, as a rule names it. */
export function schemeOf({ isSecure }: Entrance): 'http' | 'https' {
  return isSecure === true ? 'https' : 'http';
}

/** Returns the port of a request that names none. */
export function portOf(entrance: Entrance): number {
  return entrance.bound?.port ?? DEFAULT_PORT[schemeOf(entrance)];
}

/**
 * Returns a request's destination, or why it is refused: request line, Host and tunnel must name the same host and
 * port.
 */
export function readTarget(entrance: Entrance, head: RequestHead, isWebSocket = false): Target {
  const hosts = valuesOf(head.headers, 'host');
  const named = hosts[0] ?? '';
  const malformed = (reason: string): Target => ({
    kind: 'refused',
    rule: 'gateway.malformed',
    reason,
    host: named,
  });
  // RFC 6455, 4.1, requires GET, and the gateway sends the host nothing else.
  if (isWebSocket && head.method !== 'GET')
    return malformed(`a WebSocket begins with GET, not ${head.method}`);
  // RFC 9112, 3.2: a target has no fragment. Servers that cut it off would read another path than those that do not.
  if (head.path.includes('#')) return malformed('the request target has a fragment');
  if (head.version !== undefined && !/^1\.[01]$/.test(head.version))
    return malformed(`the request line says HTTP/${head.version}`);
  // RFC 9110, 9.1: `delete` is another method than DELETE. Some clients and servers treat it as the one in capitals.
  if (head.method !== head.method.toUpperCase()) return malformed('the method has lower-case letters');
  // Any text could be a method (RFC 9110, 9.1), and some servers treat an unknown one as another.
  if (!METHODS.has(head.method)) return malformed('the method is unknown');
  if (head.scheme !== undefined && head.scheme !== schemeOf(entrance))
    return malformed(`the request says ${head.scheme}, but the connection is ${schemeOf(entrance)}`);
  if (hosts.length !== 1) return malformed(`the request has ${hosts.length} Host headers`);
  const encodings = valuesOf(head.headers, 'transfer-encoding');
  if (encodings.length > 1 || (encodings[0] ?? 'chunked').toLowerCase() !== 'chunked') {
    return malformed('the transfer coding is not exactly chunked');
  }
  // RFC 9112, 6.1: an HTTP/1.0 server may not know chunks, and may read their sizes as a request.
  if (head.version === '1.0' && encodings.length > 0) return malformed('HTTP/1.0 does not allow chunks');
  const port = DEFAULT_PORT[schemeOf(entrance)];
  const host = canonicalEndpoint(named, port);
  if ('refused' in host) return malformed(`the Host header ${host.refused}`);

  const absolute = ABSOLUTE_FORM.exec(head.path);
  if (absolute === null && !head.path.startsWith('/'))
    return malformed('the request target is neither http://... nor a path');
  if (absolute !== null && absolute[1]?.toLowerCase() !== schemeOf(entrance))
    return malformed(`the request target is ${absolute[1]}, the connection is not`);
  if (absolute === null && entrance.via === 'proxy')
    return malformed('this is a proxy: it takes http://... and CONNECT');
  const url = absolute === null ? host : canonicalEndpoint(absolute[2] ?? '', port);
  if ('refused' in url) return malformed(`the host of the URL ${url.refused}`);
  const bound = entrance.bound ?? (entrance.via === 'http' ? { host: url.host, port } : url);
  if (!isSameEndpoint(url, host) || !isSameEndpoint(bound, host)) {
    const reason = `the request names ${[bound, url, host].map(show).join(', ')}: they must be the same`;
    return { kind: 'refused', rule: 'gateway.mismatch', reason, host: named };
  }
  return { kind: 'outside', endpoint: host, path: pathOf(absolute?.[3] ?? head.path) };
}

/** Returns whether a client of the proxy asks for the gateway's own health. */
export function isHealthRequest({ via }: Entrance, { method, path }: RequestHead): boolean {
  return via === 'proxy' && path === HEALTH_PATH && method === 'GET';
}

/**
 * Another Upgrade (h2c) is an offer that a server may ignore (RFC 9110, 7.8), so it is dropped like every header of one
 * connection.
 */
export function isWebSocket(headers: RawHeaders): boolean {
  return (
    valuesOf(headers, 'upgrade').some((value) => /websocket/i.test(value)) &&
    valuesOf(headers, 'connection').some((value) => /\bupgrade\b/i.test(value))
  );
}

function pathOf(text: string): string {
  return text.startsWith('/') ? text : `/${text}`;
}

/** Returns whether both have the same canonical host and port. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host.host === b.host.host && a.port === b.port;
}

function show({ host, port }: Endpoint): string {
  return `${host.kind === 'ip6' ? `[${host.host}]` : host.host}:${port}`;
}
