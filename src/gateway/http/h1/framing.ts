import { valuesOf, type RawHeaders } from '../../message/headers.ts';
import { Malformed, type AnswerHead1 } from './head.ts';

/** Where the content of a message ends (RFC 9112, 6): said once and in one way, or not believed. */

/** Bytes of content; or its end is told by a last chunk, or by the end of the connection. */
export type Framing = number | 'chunked' | 'close';

/** Not beyond what a number holds exactly. */
const LENGTH = /^[0-9]{1,15}$/;

/** Of a request; 0: there is none. @throws Malformed */
export function framingOfRequest(headers: RawHeaders): Framing {
  return framingSaid(headers) ?? 0;
}

/** Of the answer to a request with this method. @throws Malformed */
export function framingOfAnswer(method: string, { status, headers }: AnswerHead1): Framing {
  const framing = framingSaid(headers);
  return hasNoContent(method, status) ? 0 : (framing ?? 'close');
}

/** RFC 9110, 6.4.1: whatever its headers say. */
export function hasNoContent(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** As the headers of a message say; undefined: they say nothing. @throws Malformed */
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
