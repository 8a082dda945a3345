import type { RequestHead, ResponseHead } from '../../message/exchange.ts';
import { valuesOf, type RawHeaders } from '../../message/headers.ts';

/** Reads heads of HTTP/1.1 (RFC 9112, 2 to 5) strictly. It refuses what two readers could understand differently. */

/** Malformed HTTP. The message names the fault. */
export class Malformed extends Error {}

export interface AnswerHead1 extends ResponseHead {
  readonly version: string;
}

/** Far more than any client sends. Each header takes more memory than its bytes. */
export const MAX_FIELDS = 256;

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP\/([0-9]\.[0-9])$/;
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9][0-9]{2})(?: ([\t -~\x80-\xff]*))?$/;
/** Each header has a separate line, without folding (RFC 9112, 5). */
const FIELD_LINES = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*(?:\r\n|$))*$/;
const NOT_TEXT = /[^\t\r\n -~\x80-\xff]/;
const BARE = /\r(?!\n|$)|[^\r]\n/;

/** Parses a request's head. `text`: in Latin-1, without the empty line at its end. @throws Malformed */
export function readRequestHead(text: string): RequestHead {
  const end = lineEnd(text);
  const line = REQUEST_LINE.exec(text.slice(0, end));
  if (line === null) throw new Malformed(faultIn(text) ?? 'the request line is malformed');
  const [, method = '', path = '', version = ''] = line;
  return { method, path, version, headers: readFields(text, end + 2) };
}

/** Parses an answer's head, as `readRequestHead`. @throws Malformed */
export function readAnswerHead(text: string): AnswerHead1 {
  const end = lineEnd(text);
  const line = STATUS_LINE.exec(text.slice(0, end));
  if (line === null) throw new Malformed(faultIn(text) ?? 'the status line is malformed');
  const [, version = '', status = '', statusMessage = ''] = line;
  return { version, status: Number(status), statusMessage, headers: readFields(text, end + 2) };
}

/** Parses header or trailer lines from this position. Returns alternating names and values. @throws Malformed */
export function readFields(text: string, from: number): string[] {
  const lines = text.slice(from);
  if (!FIELD_LINES.test(lines)) throw new Malformed(faultIn(text) ?? fieldFaultIn(lines));
  const fields: string[] = [];
  for (let at = 0; at < lines.length;) {
    const colon = lines.indexOf(':', at);
    const found = lines.indexOf('\r\n', colon);
    const end = found === -1 ? lines.length : found;
    fields.push(lines.slice(at, colon), trimmed(lines, colon + 1, end));
    at = end + 2;
  }
  if (fields.length > 2 * MAX_FIELDS) throw new Malformed(`there are more than ${MAX_FIELDS} headers`);
  return fields;
}

/**
 * Returns a fault in the beginning of a head, so that the gateway need not wait for its end. Undefined:
 * nothing.
 */
export function faultIn(text: string): string | undefined {
  if (NOT_TEXT.test(text)) return 'the head contains a control character';
  return BARE.test(text) ? 'a line ends with CR or LF alone' : undefined;
}

function fieldFaultIn(lines: string): string {
  if (/(?:^|\r\n)[ \t]/.test(lines)) return 'a header line is folded, or there is a space before it';
  if (/(?:^|\r\n)[^:\r]*[ \t]:/.test(lines)) return 'there is a space before the colon of a header';
  return 'a header line is malformed';
}

function lineEnd(text: string): number {
  const end = text.indexOf('\r\n');
  return end === -1 ? text.length : end;
}

const SPACE = 32;
const TAB = 9;

/** Removes the white space around it (RFC 9110, 5.6.3), which is only space and tab. `trim` removes more. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/**
 * Where the content of a message ends (RFC 9112, 6): after so many bytes, after a last chunk, or with the connection.
 * A message must state it once and unambiguously.
 */
export type Framing = number | 'chunked' | 'close';

/** At most as long as a number is exact. */
const LENGTH = /^[0-9]{1,15}$/;

/** Returns the framing of a request. 0: it has no content. @throws Malformed */
export function framingOfRequest(headers: RawHeaders): Framing {
  return announcedFraming(headers) ?? 0;
}

/** Returns the framing of the answer to a request with this method. @throws Malformed */
export function framingOfAnswer(method: string, { status, headers }: AnswerHead1): Framing {
  const framing = announcedFraming(headers);
  return hasNoContent(method, status) ? 0 : (framing ?? 'close');
}

/** Returns whether a message has no content, whatever its headers say (RFC 9110, 6.4.1). */
export function hasNoContent(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** Returns the framing in a message's headers. Undefined: they state none. @throws Malformed */
export function announcedFraming(headers: RawHeaders): Framing | undefined {
  const lengths = valuesOf(headers, 'content-length');
  const codings = valuesOf(headers, 'transfer-encoding');
  const [length] = lengths;
  const [coding] = codings;
  if (length === undefined && coding === undefined) return undefined;
  if (length !== undefined && coding !== undefined)
    throw new Malformed('it has both Content-Length and Transfer-Encoding');
  if (lengths.length > 1) throw new Malformed('it has several Content-Length headers');
  if (codings.length > 1 || (coding ?? 'chunked').toLowerCase() !== 'chunked')
    throw new Malformed('the transfer coding is not exactly chunked');
  if (length === undefined) return 'chunked';
  if (!LENGTH.test(length)) throw new Malformed('Content-Length is not a number, or too large');
  return Number(length);
}
