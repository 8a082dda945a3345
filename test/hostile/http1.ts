import { filled, type Send } from './family.ts';
import type { Marks, Stream } from './row.ts';

/** Builds HTTP/1.1 requests byte by byte, and the ways to send them to a gateway. */

export interface Request1 {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  /** Lines between Host and the end of the head, without line ends. */
  readonly lines?: readonly string[];
  readonly body?: string;
  /** Keeps the connection open; default: this is its last request. */
  readonly keep?: boolean;
}

/** Returns the text of a request. Adds Content-Length to a body if no given line states its length. */
function request1({ method = 'GET', target = '/', host, lines = [], body, keep }: Request1): string {
  const isFramed = lines.some((line) => /^(?:content-length|transfer-encoding)\b/i.test(line));
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    ...lines,
    ...(body === undefined || isFramed ? [] : [`Content-Length: ${body.length}`]),
    ...(keep === true ? [] : ['Connection: close']),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** Returns a body in chunks. */
export const chunked = (...pieces: readonly string[]): string =>
  `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`;

/** A request or raw bytes, with the words that `filled` replaces. */
export type Written = Request1 | string | ((marks: Marks) => Request1 | string);

function text(written: Written, marks: Marks, host: string): string {
  const one = filled(typeof written === 'function' ? written(marks) : written, marks);
  return typeof one === 'string' ? one : request1({ host, ...one });
}

/** Sends inside TLS to this host, through a tunnel; writes each text separately. */
export function opened(host: string, ...written: readonly Written[]): Send {
  return (marks): Stream => ({
    kind: 'stream',
    port: 3128,
    connect: `${host}:443`,
    tls: { sni: host, alpn: ['http/1.1'] },
    parts: written.map((one) => text(one, marks, host)),
  });
}

/** Sends without TLS, to the proxy port or to port 80. */
export function plain(port: 3128 | 80, host: string, ...written: readonly Written[]): Send {
  return (marks): Stream => ({ kind: 'stream', port, parts: written.map((one) => text(one, marks, host)) });
}

/** Sends to this host in any other way. */
export function stream(host: string, way: Partial<Stream>, ...written: readonly Written[]): Send {
  return (marks): Stream => ({
    kind: 'stream',
    port: 3128,
    ...filled(way, marks),
    parts: written.map((one) => text(one, marks, host)),
  });
}
