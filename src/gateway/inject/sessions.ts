import { pairsOf, type RawHeaders } from '../message/headers.ts';

/** RFC 6265, and RFC 2965, which RFC 6265 replaces. */
const COOKIES: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);

/**
 * Returns the headers or trailers of an answer without the host's session cookies. The request had a rule's identity: a
 * session is as good as the identity, and also valid for requests that the rule does not allow. Requests by the rule do
 * not need it: no cookie leaves with an identity.
 */
export function withoutSessions(fields: RawHeaders): string[] {
  return pairsOf(fields)
    .filter(([name]) => !COOKIES.has(name.toLowerCase()))
    .flat();
}
