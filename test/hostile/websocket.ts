import { createHash } from 'node:crypto';

/** As much of WebSocket (RFC 6455) as the table needs. */

/** What a server answers to this key. */
export const acceptKey = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** The lines of a handshake, without those of the request. */
export const handshakeLines = (...more: readonly string[]): readonly string[] => [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ...more,
];

/** A client's frame; masked with zeros where nothing else is said, so that what it says can be found; Latin-1. */
export function clientFrame(text: string, { opcode = 1, isFinal = true, mask = '\0\0\0\0' } = {}): string {
  const size = text.length < 126 ? [text.length | 128] : [126 | 128, text.length >> 8, text.length & 255];
  const masked = Array.from(text, (one, at) => one.charCodeAt(0) ^ mask.charCodeAt(at & 3));
  const head = String.fromCharCode((isFinal ? 128 : 0) | opcode, ...size) + mask;
  return head + String.fromCharCode(...masked);
}

/** What a client's frames say, of those that are whole, and the bytes behind them; none is as long as 64 KiB. */
export function readFrames(bytes: Buffer): { readonly texts: readonly string[]; readonly rest: Buffer } {
  const texts: string[] = [];
  let at = 0;
  while (bytes.length >= at + 6) {
    const isLong = ((bytes[at + 1] ?? 0) & 127) === 126;
    const start = at + (isLong ? 8 : 6);
    const end = start + (isLong ? bytes.readUInt16BE(at + 2) : (bytes[at + 1] ?? 0) & 127);
    if (bytes.length < end) break;
    const mask = bytes.subarray(start - 4, start);
    const text = bytes.subarray(start, end).map((byte, index) => byte ^ (mask[index & 3] ?? 0));
    texts.push(Buffer.from(text).toString('latin1'));
    at = end;
  }
  return { texts, rest: bytes.subarray(at) };
}
