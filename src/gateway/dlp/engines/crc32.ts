/** CRC-32 (ISO 3309), as in the heads of gzip, xz and 7z. Node has `zlib.crc32` only since 22.2. */

interface Summed {
  readonly sumAt: number;
  readonly from: number;
  readonly to: number;
}

/** Whether the four bytes at `sumAt` are the CRC-32 of the bytes from `from` to `to`. */
export function hasSum(bytes: Uint8Array, { sumAt, from, to }: Summed): boolean {
  if (Math.max(sumAt + 4, to) > bytes.length) return false;
  const sum = crc32(bytes.subarray(from, to));
  return [0, 8, 16, 24].every((shift, index) => bytes[sumAt + index] === ((sum >>> shift) & 0xff));
}

/** Returns the CRC-32 of all bytes, from 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xed_b8_83_20 & -(sum & 1));
  }
  return ~sum >>> 0;
}
