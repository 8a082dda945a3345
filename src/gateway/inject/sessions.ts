import { pairsOf, type RawHeaders } from '../message/headers.ts';

/** RFC 6265, and RFC 2965, which it has replaced. */
const COOKIES: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);

/**
 * Headers or trailers of an answer to a request with a rule's identity, without the sessions that its host gives for that: they are as
 * good as the identity, and for other requests than those of the rule. Its own requests do not miss them: no cookie leaves with an identity.
 */
export function withoutSessions(fields: RawHeaders): string[] {
  return pairsOf(fields)
    .filter(([name]) => !COOKIES.has(name.toLowerCase()))
    .flat();
}
