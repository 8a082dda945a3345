import type { RawHeaders } from '../../message/headers.ts';
import type { Framing } from './head.ts';

/** Writes HTTP/1.1 in one form for each thing, without characters that a reader could take for a line end. */

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NOT_IN_VALUE = /[^\t -~\x80-\xff]/;
const NOT_IN_TARGET = /[^!-~]/;

/**
 * Returns a request's head, to be written in Latin-1.
 * @throws Error when it contains something that cannot be written
 */
export function writeRequestHead(
  { method, path }: { readonly method: string; readonly path: string },
  headers: RawHeaders,
): string {
  if (!NAME.test(method)) throw new Error('the method cannot be written');
  if (path === '' || NOT_IN_TARGET.test(path)) throw new Error('the path cannot be written');
  return `${method} ${path} HTTP/1.1\r\n${writeFields(headers)}\r\n`;
}

/** Returns an answer's head, as `writeRequestHead`. @throws Error as that does */
export function writeAnswerHead(
  { status, statusMessage }: { readonly status: number; readonly statusMessage: string | undefined },
  headers: RawHeaders,
): string {
  const message = statusMessage ?? REASONS[status] ?? '';
  if (!(status >= 100 && status <= 999)) throw new Error('the status cannot be written');
  if (NOT_IN_VALUE.test(message)) throw new Error('the status message cannot be written');
  return `HTTP/1.1 ${status} ${message}\r\n${writeFields(headers)}\r\n`;
}

/** Returns header or trailer lines. @throws Error as `writeRequestHead` does */
function writeFields(fields: RawHeaders): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name, value] = [fields[index] ?? '', fields[index + 1] ?? ''];
    if (!NAME.test(name) || NOT_IN_VALUE.test(value))
      throw new Error(`the header ${JSON.stringify(name)} cannot be written`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** Returns the header for this framing. */
export function framingHeader(framing: Framing): RawHeaders {
  if (framing === 'close') return [];
  return framing === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(framing)];
}

/** Returns the line before a chunk's bytes. */
export function writeChunkSize(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

/** Returns the last chunk with the trailers. @throws Error as `writeRequestHead` does */
export function writeLastChunk(trailers: RawHeaders): string {
  return `0\r\n${writeFields(trailers)}\r\n`;
}

/** Returns head and content as one message. */
export function joinedMessage(head: string, content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + content.length);
  bytes.write(head, 'latin1');
  bytes.set(content, head.length);
  return bytes;
}

/** Reason phrases for answers without one, such as those of HTTP/2 and of the gateway itself (RFC 9110, 15). */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
