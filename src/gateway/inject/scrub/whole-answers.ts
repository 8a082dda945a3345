import { endToEnd, pairsOf, valuesOf, type RawHeaders } from '../../message/headers.ts';
import { mergedName } from '../../message/overriding-headers.ts';
import { withoutCharset } from './charsets.ts';

/**
 * Request headers with which a client asks for an answer in which the scrub cannot find a secret: in another coding or
 * charset, which it may not decode, or for a part of an answer or a difference to one, where it cannot know what is
 * missing. RFC 9110, 12.5.2, 12.5.3 and 14.2, and RFC 3229; gRPC and Connect, which compress each message separately;
 * the range header of Azure's storage, and Netscape's, which Apache accepts if there is no Range. A host that receives
 * a secret gets none of these headers.
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
 * Returns the headers that a host gets with a secret: as `endToEnd`, without those that ask for an answer that the
 * scrub cannot read whole, also under names that servers merge with theirs.
 */
export function headersForWholeAnswer(raw: RawHeaders, without: readonly string[] = []): string[] {
  return pairsOf(endToEnd(raw, without)).flatMap(([name, value]) => {
    const merged = mergedName(name);
    if (NOT_WHOLE.includes(merged)) return [];
    return [name, merged === 'accept' ? withoutCharset(value) : value];
  });
}

/**
 * Whether the messages of an answer may be compressed separately, as gRPC and Connect state it. The client need not
 * have asked for it: servers in Go, among others, answer in the coding of the request.
 */
export function isCodedByMessage(headers: RawHeaders): boolean {
  return MESSAGE_CODINGS.flatMap((name) => valuesOf(headers, name)).some((value) =>
    value.split(',').some((coding) => !/^\s*(?:identity)?\s*$/i.test(coding)),
  );
}

const MESSAGE_CODINGS: readonly string[] = ['grpc-encoding', 'connect-content-encoding'];

/**
 * Whether an answer is a byte range of another one (RFC 9110, 15.3.7), which may contain part of a secret. Units other
 * than bytes belong to an API (14.1): a page of items is a whole text. So is a 416 answer that states only the length
 * of the other one.
 */
export function isPartialAnswer(status: number, contentRanges: readonly string[]): boolean {
  if (contentRanges.length === 0) return status === PARTIAL_CONTENT;
  return contentRanges.some(
    (range) => OF_BYTES.test(range) && !(status === UNSATISFIABLE && OF_NO_BYTES.test(range)),
  );
}

const PARTIAL_CONTENT = 206;
const UNSATISFIABLE = 416;
const OF_BYTES = /\bbytes\b/i;
const OF_NO_BYTES = /^bytes +\*\/\d+$/i;
