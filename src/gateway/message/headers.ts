import { changesRequest } from './overrides.ts';

/** Headers between two connections. Headers of one connection stay there (RFC 9110, 7.6.1). */

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Alternating names and values, as in Node's `rawHeaders`. */
export type RawHeaders = readonly string[];

/** Returns each header as a pair, in order, with duplicates. */
export function pairsOf(raw: RawHeaders): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return pairs;
}

/** Returns the values of all headers of this name, in order. */
export function valuesOf(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) values.push(raw[index + 1] ?? '');
  }
  return values;
}

/** Returns the bytes of a head in HTTP/1.1's form: the first line and the headers. */
export function headBytes(line: string, raw: RawHeaders): number {
  return raw.reduce((sum, text) => sum + text.length + 2, line.length);
}

/** Returns whether a client accepts trailers. */
export function wantsTrailers(raw: RawHeaders): boolean {
  return valuesOf(raw, 'te').some((value) => /\btrailers\b/i.test(value));
}

/**
 * Returns the headers for the other connection: without hop-by-hop headers, those that Connection names, and `without`.
 */
export function endToEnd(raw: RawHeaders, without: readonly string[] = []): string[] {
  const others = namedByConnection(raw);
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const written = raw[index] ?? '';
    const name = written.toLowerCase();
    if (HOP_BY_HOP.has(name) || without.includes(name) || others?.includes(name) === true) continue;
    kept.push(written, raw[index + 1] ?? '');
  }
  return kept;
}

/** Returns undefined for none. Content-Length delimits the body, so it stays even where Connection names it. */
function namedByConnection(raw: RawHeaders): string[] | undefined {
  const values = valuesOf(raw, 'connection');
  // The values of nearly all requests.
  if (values.length === 0 || (values.length === 1 && KEPT_OR_NOT.has(values[0] ?? ''))) return undefined;
  const named = values.flatMap((value) => value.toLowerCase().split(','));
  return named.map((name) => name.trim()).filter((name) => name !== 'content-length');
}

const KEPT_OR_NOT = new Set(['close', 'keep-alive']);

/** Names that must not follow a body, where they would change the meaning of the head (RFC 9110, 6.5.1). */
const NEVER_TRAILERS = new Set([
  'host',
  'content-length',
  'authorization',
  'cookie',
  'set-cookie',
  'content-encoding',
]);

/** Returns the trailers that may be passed on. */
export function trailersOf(raw: RawHeaders): string[] {
  return pairsOf(endToEnd(raw))
    .filter(
      ([name]) => !NEVER_TRAILERS.has(name.toLowerCase()) && !name.startsWith(':') && !changesRequest(name),
    )
    .flat();
}
