import { createHash } from 'node:crypto';

/** The part of WebSocket (RFC 6455) that the table needs. */

/** Returns the server's answer to this key. */
export const acceptKey = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Returns the header lines of a handshake, without the request line and Host. */
export const handshakeLines = (...more: readonly string[]): readonly string[] => [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ...more,
];

/** Returns a client's frame in Latin-1. The default mask is zero, so that the text can be found in it. */
export function clientFrame(text: string, { opcode = 1, isFinal = true, mask = '\0\0\0\0' } = {}): string {
  const size = text.length < 126 ? [text.length | 128] : [126 | 128, text.length >> 8, text.length & 255];
  const masked = Array.from(text, (one, at) => one.charCodeAt(0) ^ mask.charCodeAt(at & 3));
  const head = String.fromCharCode((isFinal ? 128 : 0) | opcode, ...size) + mask;
  return head + String.fromCharCode(...masked);
}

/** Returns the texts of a client's complete frames and the remaining bytes. Frames are shorter than 64 KiB. */
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
