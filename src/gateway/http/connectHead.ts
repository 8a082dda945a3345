/** The head of a CONNECT request (RFC 9112), read by itself: what follows it belongs to the tunnel, not to HTTP. */

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
const REQUEST_LINE = /^CONNECT ([!-~]+) HTTP\/1\.[01]$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~\t\x80-\xff]*)$/;
/** A CONNECT request has no body; a client that says it has one means to confuse somebody. */
const BODY_HEADERS = new Set(['content-length', 'transfer-encoding']);

/** What the first bytes on the proxy port are. Undefined: that cannot be told yet. */
export function readFirstWords(bytes: Buffer): FirstWords | undefined {
  const begins = bytes.subarray(0, METHOD.length);
  if (!begins.equals(METHOD.subarray(0, begins.length))) return { kind: 'other' };
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...rest] = bytes.toString('latin1', 0, end).split('\r\n');
  const target = REQUEST_LINE.exec(first)?.[1];
  if (target === undefined) return { kind: 'malformed', reason: 'is not a request line' };
  const headers = rest.map((line) => HEADER_LINE.exec(line));
  const names = headers.map((header) => header?.[1]?.toLowerCase());
  if (names.includes(undefined)) return { kind: 'malformed', reason: 'has a malformed header' };
  if (names.some((name) => BODY_HEADERS.has(name ?? '')))
    return { kind: 'malformed', reason: 'announces a body' };
  const hosts = headers
    .filter((_, index) => names[index] === 'host')
    .map((header) => (header?.[2] ?? '').trim());
  return { kind: 'connect', target, hosts, headBytes: end + 4 };
}
