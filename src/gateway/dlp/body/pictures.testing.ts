import { deflateSync } from 'node:zlib';

/** Makes PNG files (W3C PNG, 5 and 11) for tests. */

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Bytes per pixel: 1 for a palette, 3 for RGB, 4 for RGBA. */
  readonly depth: 1 | 3 | 4;
  /** Returns the value of a pixel, highest byte first. */
  readonly pixel: (x: number, y: number) => number;
}

const COLOR_TYPES = { 1: 3, 3: 2, 4: 6 } as const;
const CHUNK_BYTES = 8 * 1024;

/** Returns the rows of a picture, each behind a byte that says that it is not filtered. */
export function rowsOf({ width, height, depth, pixel }: Picture): Buffer {
  const stride = 1 + width * depth;
  const rows = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1)
    for (let x = 0, at = y * stride + 1; x < width; x += 1)
      for (let shift = depth * 8 - 8, value = pixel(x, y); shift >= 0; shift -= 8)
        rows[at++] = value >>> shift;
  return rows;
}

/** Returns a file of these rows, as libpng writes it, with `more` chunks before them. */
export function pngOf(picture: Picture, rows = rowsOf(picture), more: readonly Buffer[] = []): Buffer {
  return pngWith(picture, deflateSync(rows), more);
}

/** Returns a file with pixels that are already compressed. */
export function pngWith(picture: Picture, data: Buffer, more: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width);
  header.writeUInt32BE(picture.height, 4);
  header.set([8, COLOR_TYPES[picture.depth]], 8);
  const pieces = Array.from({ length: Math.ceil(data.length / CHUNK_BYTES) }, (_, index) =>
    chunk('IDAT', data.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
  );
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'),
    chunk('IHDR', header),
    ...more,
    ...pieces,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Returns a chunk, with its length and its checksum. */
export function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** Node has `zlib.crc32` only since 20.15. */
function crc32(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0xed_b8_83_20 : sum >>> 1;
  }
  return ~sum >>> 0;
}
