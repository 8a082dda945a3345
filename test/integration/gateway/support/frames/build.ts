import { fields, frame, head2, type Pairs } from '../../../../hostile/http2.ts';

/** Builds the frames of a row. */

/** The authority of the origin. */
export const AUTHORITY = 'allowed.test:8443';

/** Returns all bytes of a connection, as Latin-1, with a request for this path. */
export type Bytes = (path: string) => string;

/** The stream of the request in each row. */
export const STREAM = 7;

export const T = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
} as const;
export const [WINDOW, MORE, UNKNOWN] = [8, 9, 0x5a];
export const [END, END_HEADERS, PADDED, PRIORITY, ACK] = [1, 4, 8, 0x20, 1];
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const SETTINGS = frame(T.settings, 0, {});

export const number32 = (value: number): string =>
  String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
export const setting = (id: number, value: number): string =>
  frame(T.settings, 0, { payload: `\0${String.fromCharCode(id)}${number32(value)}` });
const head = (path: string, method = 'GET'): Pairs => head2(AUTHORITY, path, { ':method': method });
export const block = (path: string, method?: string): string => fields(head(path, method));
export const asks = (path: string, stream = STREAM): string =>
  frame(T.headers, END | END_HEADERS, { stream, payload: block(path) });
/** A request whose content continues. */
export const posts = (path: string, stream = STREAM): string =>
  frame(T.headers, END_HEADERS, { stream, payload: block(path, 'POST') });
export const ends = (stream = STREAM, payload = ''): string => frame(T.data, END, { stream, payload });
export const inBlock = (payload: string, flags = END | END_HEADERS): string =>
  frame(T.headers, flags, { stream: STREAM, payload });

export const from =
  (...frames: readonly (string | Bytes)[]): Bytes =>
  (path) =>
    PREFACE + SETTINGS + frames.map((one) => (typeof one === 'string' ? one : one(path))).join('');
/** Sends something on the connection, and a request after it. */
export const before = (trick: string): Bytes => from(trick, asks);
export const times = (count: number, one: string | ((index: number) => string)): string =>
  Array.from({ length: count }, (_, index) => (typeof one === 'string' ? one : one(index))).join('');

/** `goaway CODE` ends the connection; `reset CODE` ends the stream. */
export type End = `goaway ${number}` | `reset ${number}`;

/** What the trick ends, and the same bytes without the trick. */
export type Line = readonly [name: string, source: string, end: End, hostile: Bytes, control: Bytes];
