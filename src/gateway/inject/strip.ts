import { pairsOf, type RawHeaders } from '../message/headers.ts';
import { mergedName } from '../message/merged-name.ts';
import {
  bareName,
  isCredentialHeader,
  isCredentialSubprotocol,
  parameterKind,
  type ParameterKind,
} from './credentials.ts';

/** A request without any credential of its caller's. What cannot be taken away without doubt is refused. */

export interface Head {
  /** With its query, as sent. */
  readonly path: string;
  readonly headers: RawHeaders;
}

export interface Refused {
  /** Goes on from `the request `. Never holds a value. */
  readonly refused: string;
}

/** The place that an identity goes into: what the caller has there is dropped in every spelling, credential or not. */
export interface OwnPlace {
  readonly header?: string;
  readonly parameter?: string;
}

/** RFC 9110, 5.6.2. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** What a Connection header may say of the connection itself; everything else in it names a header to drop on the way. */
const CONNECTION_OPTIONS = new Set(['close', 'keep-alive', 'upgrade']);

/** The head without credentials, or why that cannot be. Also for trailers, with an empty path. */
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
    if (!FIELD_NAME.test(name)) return { refused: 'has a header whose name is not one' };
    // oxlint-disable-next-line no-control-regex
    if (/[\0\r\n]/.test(value)) return { refused: 'has a header whose value goes on in another line' };
    const merged = mergedName(name);
    if (isCredentialSubprotocol(merged, value))
      return { refused: 'offers a credential as a WebSocket subprotocol' };
    if (merged === own || isCredentialHeader(merged, value)) continue;
    const passed = merged === 'connection' ? connectionOptions(value) : value;
    if (passed !== '' || value === '') kept.push(name, passed);
  }
  return { headers: kept };
}

/** Without names of headers: an injected one that Connection names would be dropped by the next server (RFC 9110, 7.6.1). */
function connectionOptions(value: string): string {
  const options = value.split(',').map((option) => option.trim());
  return options.filter((option) => CONNECTION_OPTIONS.has(option.toLowerCase())).join(', ');
}

function stripPath(path: string, ownName: string | undefined): { path: string } | Refused {
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x20\x7f#]/.test(path)) return { refused: 'has a path with characters that no path has' };
  const at = path.indexOf('?');
  const before = at === -1 ? path : path.slice(0, at);
  // Parameters of a segment (RFC 3986, 3.3), and what becomes a query where a server decodes before it parts.
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
    // Servers differ on whether `;` parts parameters, and some cut at another `?`.
    const others = parameter.split(/[;?]/).slice(1).map(parameterName);
    if (others.some((other) => other === undefined || kindOf(other) !== 'other'))
      return { refused: 'has a credential among its parameters that not every server would see' };
    kept.push(parameter);
  }
  return { kept: kept.join('&') };
}

/** Neither sent, since it may be another's credential, nor taken away, since the request may then be about more. */
const EITHER =
  'has a parameter `key`, which some servers take for a credential and others for what is asked for: a rule with an identity passes none';

/** Decoded; undefined where it could be decoded once more, or not at all: two servers would read two names. */
function parameterName(parameter: string): string | undefined {
  const raw = parameter.replace(/=.*$/s, '').replaceAll('+', ' ');
  try {
    const name = decodeURIComponent(raw);
    return /\p{Cc}|%[0-9a-f]{2}/iu.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}
