import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { expect } from 'vitest';
import { openGateway, type GatewayParts } from './serve.testing.ts';
import { FrameReader, type Frame } from './websocket/frames.ts';

/** WebSockets through a gateway, for tests. */

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const ACCEPT = createHash('sha1')
  .update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest('base64');
export const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;
export const MASK = Buffer.from([7, 77, 177, 250]);

/** Returns a frame, masked as a client's where there is a mask. */
export function frame({ opcode, isFinal, payload }: Omit<Frame, 'bytes'>, mask?: Buffer): Buffer {
  const { length } = payload;
  const masked = mask === undefined ? 0 : 0x80;
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (size.length === 3) size.writeUInt16BE(length, 1);
  if (size.length === 9) size.writeBigUInt64BE(BigInt(length), 1);
  size[0] = masked | (size.length === 1 ? length : size.length === 3 ? 126 : 127);
  const sent = mask === undefined ? payload : payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), size, mask ?? Buffer.alloc(0), sent]);
}

/** Returns a host that accepts WebSockets with these additional headers, and answers each frame. */
export function host(headers: string, answer: (frame: Frame) => Buffer) {
  let heard = Buffer.alloc(0);
  const serve = (connection: Duplex): void => {
    const reader = new FrameReader('client');
    connection.once('data', () => {
      const own = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n`;
      connection.write(`HTTP/1.1 101 Switching Protocols\r\n${own}${headers}\r\n`);
      connection.on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
        for (const one of reader.push(bytes)) connection.write(answer(one));
      });
    });
  };
  return { heard: () => heard, serve };
}

/** Opens a WebSocket through a gateway. Returns its client's side and the frames that arrive. */
export async function open(parts: GatewayParts) {
  const gateway = openGateway({ ...parts, rule: { websocket: true, ...parts.rule } });
  const client = gateway.connect();
  const reader = new FrameReader('upstream');
  const frames: Frame[] = [];
  let isOpen = false;
  client.on('data', (bytes: Buffer) => {
    if (isOpen) return frames.push(...reader.push(bytes));
    const end = bytes.indexOf('\r\n\r\n') + 4;
    isOpen = true;
    return frames.push(...reader.push(bytes.subarray(end)));
  });
  client.write(HANDSHAKE);
  await expect.poll(() => isOpen).toBe(true);
  return { ...gateway, client, frames };
}
