import { pairsOf, type RawHeaders } from '../message/headers.ts';
import { mergedName } from '../message/overriding-headers.ts';
import {
  bareName,
  isCredentialHeader,
  isCredentialSubprotocol,
  parameterKind,
  type ParameterKind,
} from './credentials.ts';

/** Removes the caller's credentials from a request. Refuses the request if it cannot remove one with certainty. */

export interface Head {
  /** The path as sent, with its query. */
  readonly path: string;
  readonly headers: RawHeaders;
}

export interface Refused {
  /** Continues `the request `. Never contains a value. */
  readonly refused: string;
}

/**
 * The place that an identity goes into: the gateway drops whatever the caller has there, in every spelling, credential
 * or not.
 */
export interface OwnPlace {
  readonly header?: string;
  readonly parameter?: string;
}

/** RFC 9110, 5.6.2. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/**
 * The options of a Connection header about the connection itself; every other option names a header that the next hop
 * drops.
 */
const CONNECTION_OPTIONS = new Set(['close', 'keep-alive', 'upgrade']);

/** Returns the head without credentials, or why that is impossible. Also used for trailers, with an empty path. */
export function stripCredentials(head: Head, own: OwnPlace): Head | Refused {
  const headers = stripHeaders(head.headers, own.header);
  if ('refused' in headers) return headers;
  const path = stripPath(head.path, own.parameter);
  return 'refused' in path ? path : { path: path.path, headers: headers.headers };
}

function stripHeaders(raw: RawHeaders, ownName: string | undefined): { headers: RawHeaders } | Refused {
  const own = ownName === undefined ? undefined : mergedName(ownName);
  const kept: string[] = [];
  for (const [name, value] of pairsOf(raw)) {
    if (!FIELD_NAME.test(name)) return { refused: 'has an invalid header name' };
    // oxlint-disable-next-line no-control-regex
    if (/[\0\r\n]/.test(value)) return { refused: 'has a header value with a line break' };
    const merged = mergedName(name);
    if (isCredentialSubprotocol(merged, value))
      return { refused: 'offers a credential as a WebSocket subprotocol' };
    if (merged === own || isCredentialHeader(merged, value)) continue;
    const passed = merged === 'connection' ? connectionOptions(value) : value;
    if (passed !== '' || value === '') kept.push(name, passed);
  }
  return { headers: kept };
}

/** Removes names of headers: the next server would drop an injected header that Connection names (RFC 9110, 7.6.1). */
function connectionOptions(value: string): string {
  const options = value.split(',').map((option) => option.trim());
  return options.filter((option) => CONNECTION_OPTIONS.has(option.toLowerCase())).join(', ');
}

function stripPath(path: string, ownName: string | undefined): { path: string } | Refused {
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x20\x7f#]/.test(path)) return { refused: 'has a path with invalid characters' };
  const at = path.indexOf('?');
  const before = at === -1 ? path : path.slice(0, at);
  // Parameters of a segment (RFC 3986, 3.3), and what becomes a query on a server that decodes before it splits.
  for (const parameter of before.split(/[;&]|%3b|%26|%3f/i).slice(1)) {
    const [name, value] = parameter.split(/=|%3d/i);
    const decoded = value === undefined ? '' : parameterName(name ?? '');
    if (decoded === undefined || parameterKind(decoded) !== 'other')
      return { refused: 'has a credential among the parameters of its path' };
  }
  if (at === -1) return { path };
  const query = stripQuery(path.slice(at + 1), ownName);
  if ('refused' in query) return query;
  return { path: query.kept === '' ? before : `${before}?${query.kept}` };
}

function stripQuery(query: string, ownName: string | undefined): { kept: string } | Refused {
  const own = ownName === undefined ? undefined : bareName(ownName);
  const kindOf = (name: string): ParameterKind =>
    bareName(name) === own ? 'credential' : parameterKind(name);
  const kept: string[] = [];
  for (const parameter of query.split('&')) {
    const name = parameterName(parameter);
    if (name === undefined) return { refused: 'has a parameter whose name can be read in two ways' };
    const kind = kindOf(name);
    if (kind === 'either') return { refused: EITHER };
    if (kind === 'credential') continue;
    // Servers differ on whether `;` separates parameters, and some split at another `?`.
    const others = parameter.split(/[;?]/).slice(1).map(parameterName);
    if (others.some((other) => other === undefined || kindOf(other) !== 'other'))
      return { refused: 'has a credential in a parameter that only some servers read' };
    kept.push(parameter);
  }
  return { kept: kept.join('&') };
}

/**
 * Not sent, because it may be the credential of another account; not removed, because the request might then affect
 * more.
 */
const EITHER =
  'has a parameter `key`, which some servers treat as a credential and others as data: a rule with an identity does not allow it';

/**
 * Returns the decoded name; undefined if it could be decoded a second time, or not at all: two servers would read two
 * names.
 */
function parameterName(parameter: string): string | undefined {
  const raw = parameter.replace(/=.*$/s, '').replaceAll('+', ' ');
  try {
    const name = decodeURIComponent(raw);
    return /\p{Cc}|%[0-9a-f]{2}/iu.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}
