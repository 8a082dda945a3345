/**
 * HTTP as Firecracker's micro-http reads it: lines of at most 1024 bytes, three methods, a body with a stated length.
 */

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly body?: string;
}

/** The requests that a piece of a stream completed; or its fault, and then none of them gets an answer. */
export type WireRead = { readonly requests: readonly WireRequest[] } | { readonly fault: string };

const CRLF = '\r\n';
const MOST_LINE_BYTES = 1024;
const METHODS = ['GET', 'PUT', 'PATCH'];

/** Returns a reader for one connection. */
export function wireReader(mostBodyBytes: number): (chunk: Buffer) => WireRead {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const requests: WireRequest[] = [];
    try {
      for (;;) {
        const next = requestIn(rest, mostBodyBytes);
        if (next === undefined) return { requests };
        requests.push(next.request);
        rest = rest.subarray(next.bytes);
      }
    } catch (error) {
      rest = Buffer.alloc(0);
      return { fault: (error as Error).message };
    }
  };
}

interface Found {
  readonly request: WireRequest;
  readonly bytes: number;
}

/** The first request, if it is complete. @throws Error if Firecracker does not read such a request */
function requestIn(bytes: Buffer, mostBodyBytes: number): Found | undefined {
  const lines: string[] = [];
  let at = 0;
  for (let line = lineAt(bytes, at); line !== ''; line = lineAt(bytes, at)) {
    if (line === undefined) return undefined;
    lines.push(line);
    at += line.length + CRLF.length;
  }
  at += CRLF.length;
  const [first = '', ...headers] = lines;
  const [method = '', uri = '', version = ''] = first.split(' ');
  if (!METHODS.includes(method)) throw new Error('Invalid HTTP Method: Unsupported HTTP method.');
  if (!/^HTTP\/1\.[01]$/.test(version)) throw new Error('Invalid HTTP Version: Unsupported HTTP version.');
  const length = lengthIn(headers);
  // Only this header announces a body: a chunked request has no body here, and its chunks are not valid requests.
  if (length > mostBodyBytes)
    throw new Error(
      `Request payload with size ${length} is larger than the limit of ${mostBodyBytes} allowed by server.`,
    );
  if (bytes.length < at + length) return undefined;
  const body = length === 0 ? undefined : bytes.subarray(at, at + length);
  return { request: { method, path: uri.replace(/^http:\/\/[^/]*/, ''), body }, bytes: at + length };
}

function lineAt(bytes: Buffer, at: number): string | undefined {
  const end = bytes.indexOf(CRLF, at);
  if ((end === -1 ? bytes.length : end) - at >= MOST_LINE_BYTES) throw new Error('Invalid request.');
  return end === -1 ? undefined : bytes.toString('latin1', at, end);
}

function lengthIn(headers: readonly string[]): number {
  let length = 0;
  for (const header of headers) {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/.exec(header) ?? [];
    if (name === '') throw new Error(`Invalid header. Reason: Header is not formatted correctly: ${header}`);
    if (name.trim().toLowerCase() !== 'content-length') continue;
    if (!/^\d+$/.test(value.trim()))
      throw new Error(`Invalid header. Reason: Invalid value. Key:${name}; Value:${value}`);
    length = Number(value);
  }
  return length;
}

/** Returns the bytes of an answer. Pure. */
export const answerText = ({ status, body }: WireAnswer): string =>
  [
    `HTTP/1.1 ${status} `,
    'Server: Firecracker API',
    'Connection: keep-alive',
    ...(body === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join(CRLF);

/** Returns the answer to an invalid request: not JSON, because it contains a bare line break. Pure. */
export const faultText = (fault: string): string =>
  answerText({
    status: 400,
    body: `{ "error": "${fault}\nAll previous unanswered requests will be dropped." }`,
  });

/** The answer to a connection above the limit, which is then closed. */
export const FULL_TEXT = [
  'HTTP/1.1 503',
  'Server: Firecracker API',
  'Connection: close',
  'Content-Length: 40',
  '',
  '{ "error": "Too many open connections" }',
].join(CRLF);
