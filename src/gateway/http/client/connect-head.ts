/**
 * Parses the head of a CONNECT request (RFC 9112) separately, because the bytes after it belong to the tunnel, not to
 * HTTP.
 */

export type FirstWords =
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | {
      readonly kind: 'connect';
      readonly target: string;
      /** The values of all Host headers. */
      readonly hosts: readonly string[];
      readonly headBytes: number;
    };

export const MAX_HEAD_BYTES = 16_384;

const METHOD = Buffer.from('CONNECT ');
const LINES_END = '\r\n\r\n';
const REQUEST_LINE = /^CONNECT ([!-~]+) HTTP\/1\.[01]$/;
/** Each header has a separate line (RFC 9112, 5), without folding. */
const HEADER_LINES = /^(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~\t\x80-\xff]*)*$/;
const HOST_LINE = /\r\nhost:[ \t]*([^\r]*)/gi;
/**
 * A CONNECT request has no body (RFC 9110, 9.3.6), so announcing one is an attempt to confuse. A length of 0 announces
 * none, and Erlang's httpc, which Hex uses, sends it.
 */
const BODY_LINE = /\r\n(?:content-length:(?![ \t]*0[ \t]*(?:\r|$))|transfer-encoding:)/i;

/** Classifies the first bytes on the proxy port. Undefined: more bytes are needed. */
export function readFirstWords(bytes: Buffer): FirstWords | undefined {
  const known = Math.min(bytes.length, METHOD.length);
  if (bytes.compare(METHOD, 0, known, 0, known) !== 0) return { kind: 'other' };
  const end = bytes.indexOf(LINES_END);
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const firstLine = head.indexOf('\r\n');
  const headers = firstLine === -1 ? '' : head.slice(firstLine);
  const target = REQUEST_LINE.exec(firstLine === -1 ? head : head.slice(0, firstLine))?.[1];
  if (target === undefined) return { kind: 'malformed', reason: 'is not a request line' };
  if (!HEADER_LINES.test(headers)) return { kind: 'malformed', reason: 'has a malformed header' };
  if (BODY_LINE.test(headers)) return { kind: 'malformed', reason: 'announces a body' };
  const hosts = Array.from(headers.matchAll(HOST_LINE), ([, value = '']) => value.trim());
  return { kind: 'connect', target, hosts, headBytes: end + LINES_END.length };
}
