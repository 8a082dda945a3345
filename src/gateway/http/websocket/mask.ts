import { randomFillSync } from 'node:crypto';
import type { Frame } from './frames.ts';

/** Masks of a client's frames (RFC 6455, 5.3). */

const KEY_BYTES = 4;
/** Draws keys in bulk, because one call per small frame would cost more than the frame. */
const pool = Buffer.alloc(1024 * KEY_BYTES);
let used = pool.length;

/** From this length on, four bytes at a time are faster, despite the cost of views. */
const LONG_BYTES = 1_024;

/** Masks or unmasks in place. */
export function applyMask(payload: Uint8Array, key: Uint8Array): void {
  if (payload.length < LONG_BYTES) return applyToBytes(payload, key);
  const { buffer, byteOffset, length } = payload;
  const lead = -byteOffset & 3;
  const turned = Uint8Array.from(key, (_, at) => key[(at + lead) & 3] ?? 0);
  const [word = 0] = new Uint32Array(turned.buffer);
  const words = new Uint32Array(buffer, byteOffset + lead, (length - lead) >>> 2);
  applyToBytes(payload.subarray(0, lead), key);
  for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) ^ word;
  applyToBytes(payload.subarray(lead + words.byteLength), turned);
}

function applyToBytes(bytes: Uint8Array, [a = 0, b = 0, c = 0, d = 0]: Uint8Array): void {
  const key = [a, b, c, d];
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (key[at & 3] ?? 0);
}

/**
 * Returns a client's frame for the host, with a key that no one in the bottle knows, and its length in the shortest
 * form. A key or form chosen by the client would carry uninspected data. Writes over the frame, which must not be used
 * afterwards; the original has enough room.
 */
export function maskAnew({ opcode, isFinal, payload, bytes }: Frame): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const key = pool.subarray(used, (used += KEY_BYTES));
  applyMask(payload, key);
  const { length } = payload;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const masked = bytes.subarray(bytes.length - length - KEY_BYTES - headBytes);
  masked[0] = (isFinal ? 0x80 : 0) | opcode;
  masked[1] = 0x80 | (headBytes === 2 ? length : headBytes === 4 ? 126 : 127);
  if (headBytes === 4) masked.writeUInt16BE(length, 2);
  if (headBytes === 10) masked.writeBigUInt64BE(BigInt(length), 2);
  masked.set(key, headBytes);
  return masked;
}
