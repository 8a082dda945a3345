/**
 * Makes zstd for tests, also where Node has no compressor. It uses blocks of two bytes, so no text stands there
 * unencoded.
 */

const STEP = 2;

const bytesLE = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);

function pieces(data: Buffer, step = STEP): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / step) }, (_, at) =>
    data.subarray(at * step, at * step + step),
  );
}

/**
 * Returns a frame of RFC 8878, 3.1.1. `windowDescriptor`: 0x58 is 2 MiB. The frame names `dictionary`, but does not use
 * it.
 */
export function zstdOf(
  data: Buffer | string,
  { windowDescriptor = 0x58, dictionary = 0 }: { windowDescriptor?: number; dictionary?: number } = {},
): Buffer {
  const blocks = pieces(Buffer.from(data)).map((piece) =>
    Buffer.from([...bytesLE(piece.length << 3, 3), ...piece]),
  );
  const named = dictionary > 0 ? [dictionary] : [];
  const head = [0x28, 0xb5, 0x2f, 0xfd, named.length, windowDescriptor, ...named];
  return Buffer.concat([Buffer.from(head), ...blocks, Buffer.from([1, 0, 0])]);
}

/** Returns a skippable frame: RFC 8878, 3.1.2. */
export function skippedOf(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, ...bytesLE(bytes.length, 4)]), bytes]);
}
