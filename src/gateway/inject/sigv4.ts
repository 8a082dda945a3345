import { createHash, createHmac } from 'node:crypto';
import type { Slot } from '../../contracts/slot.ts';
import { pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { readAwsCredentials, type AwsCredentials } from './aws-credentials.ts';
import type { Refused } from './strip.ts';

/**
 * AWS Signature Version 4, from its specification: "Create a signed AWS API request", and for S3 "Signature
 * Calculations for the Authorization Header". It signs the host, the content type and every `x-amz-` header.
 */

type SigV4Slot = Extract<Slot, { kind: 'sigv4' }>;

interface SignedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** The headers to send, without credentials. */
  readonly headers: RawHeaders;
  /** The headers as the caller sent them. */
  readonly caller: RawHeaders;
  readonly nowMs: number;
  readonly bodySha256?: string | undefined;
}

const S3: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);
/** Accepts no signed payload: "SIGv4 authenticated requests for Amazon VPC Lattice". */
const LATTICE = 'vpc-lattice-svcs';
/** Whether the service needs no digest of the body because TLS protects it. */
export const takesUnsignedPayload = (service: string): boolean => S3.has(service) || service === LATTICE;

const UNSIGNED = 'UNSIGNED-PAYLOAD';
/** Chunks without signatures and a checksum in the trailer, as AWS's own programs send over TLS. */
const UNSIGNED_CHUNKS = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/**
 * Returns the headers to add, or why the request cannot be signed. `secret`: the secret access key alone, or all
 * credentials if the slot has no id.
 */
export function sign(
  request: SignedRequest,
  slot: SigV4Slot,
  secret: string,
): { readonly headers: RawHeaders } | Refused {
  const credentials =
    slot.accessKeyId === undefined
      ? readAwsCredentials(secret)
      : { accessKeyId: slot.accessKeyId, secretAccessKey: secret };
  if (credentials === undefined) return { refused: 'needs AWS credentials, but the secret has another form' };
  const { sessionToken } = credentials;
  const isUnsigned = takesUnsignedPayload(slot.service);
  const payload = isUnsigned ? unsignedPayload(request.caller) : request.bodySha256;
  const fault = bodyFault(request.caller);
  if (fault !== undefined) return { refused: fault };
  if (payload === undefined) return { refused: 'has a body that was not read' };
  const added = [
    'x-amz-date',
    timestampOf(request.nowMs),
    // S3, OpenSearch Serverless and others require it, and all services accept it.
    'x-amz-content-sha256',
    payload,
    ...(sessionToken === undefined ? [] : ['x-amz-security-token', sessionToken]),
  ];
  const signed = pairsOf([...request.headers, ...added]).filter(([name]) => isSigned(name.toLowerCase()));
  const headers = ['host', request.host, ...signed.flat()];
  const authorization = authorizationOf({ ...request, headers, payload }, slot, credentials);
  return { headers: [...added, 'authorization', authorization] };
}

const isSigned = (name: string): boolean => name === 'content-type' || name.startsWith('x-amz-');

/**
 * The reason why the body of this head cannot be signed, known before any of the body has arrived: the body of an event
 * stream (Transcribe, Bedrock) ends only when the answer does. Continues `the request `.
 */
export function bodyFault(caller: RawHeaders): string | undefined {
  const isSigned = valuesOf(caller, 'x-amz-content-sha256').some(
    (said) => said.startsWith('STREAMING-') && said !== UNSIGNED_CHUNKS,
  );
  return isSigned ? 'has a body that is signed chunk by chunk with another key' : undefined;
}

/** A chunked body stays chunked: the chunks are part of the content, which the gateway does not change. */
const unsignedPayload = (caller: RawHeaders): string =>
  valuesOf(caller, 'x-amz-content-sha256').includes(UNSIGNED_CHUNKS) ? UNSIGNED_CHUNKS : UNSIGNED;

/** ISO 8601, basic format, UTC: `20150830T123600Z`. */
const timestampOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');

export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  /** All of them are signed. Includes `host` and `x-amz-date`. */
  readonly headers: RawHeaders;
  /** SHA-256 of the body in hex, or a keyword in its place. */
  readonly payload: string;
}

/** Returns the value of the Authorization header. */
export function authorizationOf(
  parts: CanonicalParts,
  slot: Pick<SigV4Slot, 'service' | 'region'>,
  { accessKeyId, secretAccessKey }: AwsCredentials,
): string {
  const [date = ''] = valuesOf(parts.headers, 'x-amz-date');
  const day = date.slice(0, 8);
  const scope = `${day}/${slot.region}/${slot.service}/aws4_request`;
  const { text, signedHeaders } = canonicalRequest(parts, slot.service);
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(text)].join('\n');
  const steps = [day, slot.region, slot.service, 'aws4_request'];
  const key = steps.reduce<string | Buffer>((last, step) => hmac(last, step), `AWS4${secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  const credential = `Credential=${accessKeyId}/${scope}`;
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** "Step 1: create a canonical request". */
export function canonicalRequest(
  { method, path, headers, payload }: CanonicalParts,
  service: string,
): { readonly text: string; readonly signedHeaders: string } {
  const at = path.indexOf('?');
  const [before, query] = at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
  const values = new Map<string, string[]>();
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    // Not `trim`: it also removes bytes that are part of a letter in UTF-8, such as of à.
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '').replace(/ +/g, ' ');
    values.set(key, [...(values.get(key) ?? []), trimmed]);
  }
  const names = [...values.keys()].sort();
  const lines = names.map((name) => `${name}:${(values.get(name) ?? []).join(',')}\n`).join('');
  const signedHeaders = names.join(';');
  const text = [method, canonicalPath(before, service), canonicalQuery(query), lines, signedHeaders, payload];
  return { text: text.join('\n'), signedHeaders };
}

/**
 * S3 encodes the object's name once and does not normalise it; all other services encode the normalised path as sent.
 */
function canonicalPath(path: string, service: string): string {
  if (S3.has(service)) return path.split('/').map(decode).map(encode).join('/');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const end = segments.length > 0 && /\/(?:\.{0,2})$/.test(path) ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((parameter): [string, string] => {
    const at = parameter.indexOf('=');
    const [name, value] = at === -1 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
    return [encode(decode(name.replaceAll('+', ' '))), encode(decode(value.replaceAll('+', ' ')))];
  });
  const byNameThenValue = ([a, x]: [string, string], [b, y]: [string, string]): number =>
    compare(a, b) || compare(x, y);
  return pairs
    .sort(byNameThenValue)
    .map((pair) => pair.join('='))
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Keeps a broken escape as it is: AWS then refuses the request, and the gateway signs nothing that it does not send.
 */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Percent-encodes all but RFC 3986's unreserved characters, with upper-case digits. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** Hash of the bytes that are sent: in Node's headers, each character is one byte. */
const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
