import type { Duplex } from 'node:stream';
import type { Addressed } from '../../src/gateway/message/canonical.ts';

/** A host that parses HTTP/1.1 as strictly as possible, and gives every request the same answer. */

export interface Origin {
  readonly asked: Addressed;
  readonly requests: readonly Request[];
  /** Returns received data that is no valid request. */
  readonly problem: () => string | undefined;
  readonly close: () => void;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly host: string;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/[!-~\x80-\xff]*) HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)$/;
const HEAD_END = '\r\n\r\n';
/**
 * Headers between neighbours only. Node's client itself sends how long a connection lives, or that it requests a
 * WebSocket.
 */
const NEVER = new Set(['te', 'proxy-authorization', 'proxy-connection', 'keep-alive', 'http2-settings']);
const CONNECTION = /^(?:keep-alive|close|upgrade)$/i;

class Odd extends Error {}

export function createOrigin(stream: Duplex, asked: Addressed): Origin {
  const requests: Request[] = [];
  let left: Buffer = Buffer.alloc(0);
  let problem: string | undefined;
  stream.on('error', () => undefined);
  stream.on('data', (bytes: Buffer) => {
    left = Buffer.concat([left, bytes]);
    try {
      for (let read = readRequest(left); read !== undefined; read = readRequest(left)) {
        left = left.subarray(read.bytes);
        requests.push(read.request);
        const content = read.request.method === 'HEAD' ? '' : 'ok';
        stream.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${content}`);
      }
    } catch (error) {
      problem ??= error instanceof Odd ? error.message : String(error);
    }
  });
  return { asked, requests, problem: () => problem, close: () => void stream.destroy() };
}

/** Undefined: the request is incomplete. */
function readRequest(bytes: Buffer): { readonly request: Request; readonly bytes: number } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, method = '', path = ''] = REQUEST_LINE.exec(line) ?? odd('its first line', line);
  const headers = lines.map((text) => HEADER_LINE.exec(text) ?? odd('a header', text));
  const valuesOf = (name: string): string[] =>
    headers.flatMap(([, key = '', value = '']) => (key.toLowerCase() === name ? [value] : []));
  for (const [, name = ''] of headers)
    if (NEVER.has(name.toLowerCase())) odd('a header between neighbours', name);
  for (const value of valuesOf('connection')) if (!CONNECTION.test(value)) odd('Connection', value);
  const [host, ...others] = valuesOf('host');
  if (host === undefined || others.length > 0) odd('Host', `${others.length}`);
  const body = contentEnd(bytes, end + HEAD_END.length, [
    valuesOf('content-length'),
    valuesOf('transfer-encoding'),
  ]);
  return body === undefined ? undefined : { request: { method, path, host }, bytes: body };
}

function contentEnd(
  bytes: Buffer,
  from: number,
  [lengths = [], codings = []]: readonly (readonly string[])[],
): number | undefined {
  if (lengths.length + codings.length > 1) odd('its length', [...lengths, ...codings].join());
  const [length] = lengths;
  if (length !== undefined) {
    if (!/^[0-9]+$/.test(length)) odd('Content-Length', length);
    return bytes.length < from + Number(length) ? undefined : from + Number(length);
  }
  if (codings[0] === undefined) return from;
  return codings[0] === 'chunked' ? chunksEnd(bytes, from) : odd('Transfer-Encoding', codings[0]);
}

function chunksEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const text = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/.test(text)) odd('the size of a chunk', text);
    const size = Number.parseInt(text, 16);
    if (size === 0) return trailersEnd(bytes, lineEnd);
    at = lineEnd + 2 + size + 2;
    if (bytes.length < at) return undefined;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') odd('the end of a chunk', '');
  }
}

/** `from` is the end of the last chunk's line. */
function trailersEnd(bytes: Buffer, from: number): number | undefined {
  const end = bytes.indexOf(HEAD_END, from);
  if (end === -1) return undefined;
  const lines = bytes.toString('latin1', from, end).split('\r\n').slice(1);
  for (const line of lines) if (!HEADER_LINE.test(line)) odd('a trailer', line);
  return end + HEAD_END.length;
}

function odd(what: string, text: string): never {
  throw new Odd(`${what}: ${JSON.stringify(text.slice(0, 80))}`);
}
