import { valuesOf, type RawHeaders } from '../../message/headers.ts';
import { Malformed, type AnswerHead1 } from './head.ts';

/** Finds the end of a message's content (RFC 9112, 6). A message must state it once and unambiguously. */

/** Bytes of content, or the end of the content by a last chunk or by the connection. */
export type Framing = number | 'chunked' | 'close';

/** At most as long as a number is exact. */
const LENGTH = /^[0-9]{1,15}$/;

/** Returns the framing of a request. 0: it has no content. @throws Malformed */
export function framingOfRequest(headers: RawHeaders): Framing {
  return framingSaid(headers) ?? 0;
}

/** Returns the framing of the answer to a request with this method. @throws Malformed */
export function framingOfAnswer(method: string, { status, headers }: AnswerHead1): Framing {
  const framing = framingSaid(headers);
  return hasNoContent(method, status) ? 0 : (framing ?? 'close');
}

/** Returns whether a message has no content, whatever its headers say (RFC 9110, 6.4.1). */
export function hasNoContent(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** Returns the framing in a message's headers. Undefined: they state none. @throws Malformed */
export function framingSaid(headers: RawHeaders): Framing | undefined {
  const lengths = valuesOf(headers, 'content-length');
  const codings = valuesOf(headers, 'transfer-encoding');
  const [length] = lengths;
  const [coding] = codings;
  if (length === undefined && coding === undefined) return undefined;
  if (length !== undefined && coding !== undefined)
    throw new Malformed('there are both Content-Length and Transfer-Encoding');
  if (lengths.length > 1) throw new Malformed('there are two of Content-Length');
  if (codings.length > 1 || (coding ?? 'chunked').toLowerCase() !== 'chunked')
    throw new Malformed('the transfer coding is not chunked alone');
  if (length === undefined) return 'chunked';
  if (!LENGTH.test(length)) throw new Malformed('Content-Length is not a number, or too large');
  return Number(length);
}
