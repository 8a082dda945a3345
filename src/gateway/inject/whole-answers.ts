import { endToEnd, pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { mergedName } from '../message/merged-name.ts';
import { withoutCharset } from './charsets.ts';

/**
 * The fields of a request by which a client asks for an answer in another coding or charset, of which a secret may be told where nobody
 * reads it, or for a part of one or what has changed of it, of which nobody can say what it is a part of: RFC 9110, 12.5.2, 12.5.3 and
 * 14.2, and RFC 3229; gRPC and Connect, whose messages are compressed one by one; the range of Azure's storage, and Netscape's, which
 * Apache takes where there is no Range. A host that is lent a secret gets none of them.
 */
export const NOT_WHOLE: readonly string[] = [
  'accept-charset',
  'accept-encoding',
  'a-im',
  'grpc-accept-encoding',
  'connect-accept-encoding',
  'range',
  'if-range',
  'request-range',
  'x-ms-range',
];

/**
 * What a host that is lent a secret gets of these headers: as `endToEnd`, without what asks for an answer that nobody reads whole, also
 * under a name that servers merge with it.
 */
export function askingForWhole(raw: RawHeaders, without: readonly string[] = []): string[] {
  return pairsOf(endToEnd(raw, without)).flatMap(([name, value]) => {
    const merged = mergedName(name);
    if (NOT_WHOLE.includes(merged)) return [];
    return [name, merged === 'accept' ? withoutCharset(value) : value];
  });
}

/**
 * Whether the messages of an answer may be compressed one by one, as gRPC and Connect state it. It need not have been asked for: servers
 * of Go, among others, answer in the coding of the request.
 */
export function isCodedByMessage(headers: RawHeaders): boolean {
  return MESSAGE_CODINGS.flatMap((name) => valuesOf(headers, name)).some((value) =>
    value.split(',').some((coding) => !/^\s*(?:identity)?\s*$/i.test(coding)),
  );
}

const MESSAGE_CODINGS: readonly string[] = ['grpc-encoding', 'connect-content-encoding'];

/**
 * Whether an answer is some bytes of another one (RFC 9110, 15.3.7), which may be some of a secret. Other units than bytes are an
 * API's own (14.1): a page of its items is a whole text. So is what tells only how long the other one is, with 416.
 */
export function isPart(status: number, contentRanges: readonly string[]): boolean {
  if (contentRanges.length === 0) return status === PARTIAL_CONTENT;
  return contentRanges.some(
    (range) => OF_BYTES.test(range) && !(status === UNSATISFIABLE && OF_NO_BYTES.test(range)),
  );
}

const PARTIAL_CONTENT = 206;
const UNSATISFIABLE = 416;
const OF_BYTES = /\bbytes\b/i;
const OF_NO_BYTES = /^bytes +\*\/\d+$/i;
