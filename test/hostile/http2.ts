import { filled, type Send } from './family.ts';
import type { Stream } from './row.ts';

/** Builds HTTP/2 frame by frame (RFC 9113), with headers that no client sends. */

export type Pairs = readonly (readonly [name: string, value: string])[];

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  push: 5,
  goaway: 7,
  continuation: 9,
} as const;
const END_STREAM = 1;
const END_HEADERS = 4;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Returns one frame, as Latin-1. */
export function frame(type: number, flags: number, { stream = 0, payload = '' }): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

/** Returns a field block of literals, without Huffman coding (RFC 7541, 6.2.2). */
export const fields = (pairs: Pairs): string =>
  pairs.map(([name, value]) => `\0${literal(name)}${literal(value)}`).join('');

function literal(text: string): string {
  if (text.length < 127) return String.fromCharCode(text.length) + text;
  const bytes = [127];
  let rest = text.length - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return String.fromCharCode(...bytes, rest) + text;
}

export interface Request2 {
  readonly pairs: Pairs;
  readonly body?: string;
  readonly trailers?: Pairs;
  readonly stream?: number;
}

/** Returns HEADERS, and DATA and trailers if the request has any. */
function request2({ pairs, body, trailers, stream = 1 }: Request2): string {
  const last = body === undefined && trailers === undefined;
  const frames = [
    frame(FRAME.headers, END_HEADERS | (last ? END_STREAM : 0), { stream, payload: fields(pairs) }),
  ];
  if (body !== undefined)
    frames.push(frame(FRAME.data, trailers === undefined ? END_STREAM : 0, { stream, payload: body }));
  if (trailers !== undefined)
    frames.push(frame(FRAME.headers, END_HEADERS | END_STREAM, { stream, payload: fields(trailers) }));
  return frames.join('');
}

/** Returns the headers of a plain request, replaced or extended by `other`; an empty value removes a header. */
export function head2(host: string, path: string, other: Readonly<Record<string, string>> = {}): Pairs {
  const all = { ':method': 'GET', ':scheme': 'https', ':authority': host, ':path': path, ...other };
  return Object.entries(all).filter(([, value]) => value !== '');
}

/** Sends these requests unchanged inside TLS to the host, with the words that `filled` replaces. */
export function framed(host: string, ...requests: readonly (Request2 | string)[]): Send {
  return (marks): Stream => ({
    kind: 'stream',
    port: 3128,
    connect: `${host}:443`,
    tls: { sni: host, alpn: ['h2'] },
    parts: [
      PREFACE + frame(FRAME.settings, 0, {}),
      filled(requests, marks)
        .map((one, index) => (typeof one === 'string' ? one : request2({ stream: 2 * index + 1, ...one })))
        .join(''),
    ],
    streams: requests.map((_, index) => 2 * index + 1),
  });
}

/** Sends one request with these headers. */
export const asked = (
  host: string,
  other: Readonly<Record<string, string>> = {},
  more: Omit<Request2, 'pairs'> = {},
): Send => framed(host, { pairs: head2(host, '/open/NONCE', other), ...more });
