import { changesRequest } from './overrides.ts';

/** Headers between two connections: what belongs to one of them stays there (RFC 9110, 7.6.1). */

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

/** Name and value in turn, as in Node's `rawHeaders`. */
export type RawHeaders = readonly string[];

/** Each header as a pair, in order, with those that are there more than once. */
export function pairsOf(raw: RawHeaders): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return pairs;
}

/** The values of all headers of this name, in order. */
export function valuesOf(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) values.push(raw[index + 1] ?? '');
  }
  return values;
}

/** Bytes of a head, as HTTP/1.1 writes it: the first line and the headers. */
export function sizeOf(line: string, raw: RawHeaders): number {
  return raw.reduce((sum, text) => sum + text.length + 2, line.length);
}

/** Whether a client says that it reads trailers. */
export function wantsTrailers(raw: RawHeaders): boolean {
  return valuesOf(raw, 'te').some((value) => /\btrailers\b/i.test(value));
}

/** What the other connection gets: without hop-by-hop headers and those that Connection names, and without `without`. */
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

/** Undefined: none. Content-Length says where the body ends: it stays even where Connection names it. */
function namedByConnection(raw: RawHeaders): string[] | undefined {
  const values = valuesOf(raw, 'connection');
  // What nearly all of them say.
  if (values.length === 0 || (values.length === 1 && KEPT_OR_NOT.has(values[0] ?? ''))) return undefined;
  const named = values.flatMap((value) => value.toLowerCase().split(','));
  return named.map((name) => name.trim()).filter((name) => name !== 'content-length');
}

const KEPT_OR_NOT = new Set(['close', 'keep-alive']);

/** Names that must not come behind a body, where they would change what was said before it (RFC 9110, 6.5.1). */
const NEVER_TRAILERS = new Set([
  'host',
  'content-length',
  'authorization',
  'cookie',
  'set-cookie',
  'content-encoding',
]);

/** Trailers that may be passed on. */
export function trailersOf(raw: RawHeaders): string[] {
  return pairsOf(endToEnd(raw))
    .filter(
      ([name]) => !NEVER_TRAILERS.has(name.toLowerCase()) && !name.startsWith(':') && !changesRequest(name),
    )
    .flat();
}
