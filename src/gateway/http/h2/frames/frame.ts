import { ConnectionFault } from '../faults.ts';

/** Frames of HTTP/2 (RFC 9113, 4 and 6). */

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const HEAD_BYTES = 9;
/** The default of SETTINGS_MAX_FRAME_SIZE, which this code never changes. */
export const MAX_PAYLOAD_BYTES = 16_384;

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  /** The stream's ID. 0: the connection itself. */
  readonly id: number;
}

export interface Frame extends FrameHead {
  readonly payload: Buffer;
}

/** Writes the nine bytes before a payload. */
export function writeHead(into: Buffer, { type, flags, id }: FrameHead, payloadBytes: number): void {
  into[0] = payloadBytes >>> 16;
  into[1] = payloadBytes >>> 8;
  into[2] = payloadBytes;
  into[3] = type;
  into[4] = flags;
  into.writeUInt32BE(id, 5);
}

/** Returns a complete frame. A text payload is Latin-1. */
export function frameOf(head: FrameHead, payload: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  writeHead(bytes, head, payload.length);
  if (typeof payload === 'string') bytes.write(payload, HEAD_BYTES, 'latin1');
  else bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** Returns a frame whose payload is 32-bit numbers. */
export function frameOfNumbers(head: FrameHead, ...numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + 4 * numbers.length);
  writeHead(bytes, head, 4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, HEAD_BYTES + 4 * index);
  return bytes;
}

/** Returns the payload without padding (RFC 9113, 6.1). @throws ConnectionFault where the padding exceeds the frame */
export function withoutPadding({ flags, payload }: Frame): Buffer {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0] ?? Infinity;
  if (padding >= payload.length)
    throw new ConnectionFault('protocolError', 'the padding is longer than its frame');
  return payload.subarray(1, payload.length - padding);
}
