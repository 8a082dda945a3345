import { crc32 } from './engines/crc32.ts';

/** zstd and xz for tests, also where Node has no compressor: all in blocks of two bytes, so that no text stands there as it is. */

const STEP = 2;

const bytesLE = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);

function pieces(data: Buffer, step = STEP): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / step) }, (_, at) =>
    data.subarray(at * step, at * step + step),
  );
}

/** A frame of RFC 8878, 3.1.1. `windowDescriptor`: 0x58 is 2 MiB. A `dictionary` is named, but not used. */
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

/** A frame that decoders skip: RFC 8878, 3.1.2. */
export function skippedOf(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, ...bytesLE(bytes.length, 4)]), bytes]);
}

const withSum = (bytes: readonly number[]): Buffer =>
  Buffer.from([...bytes, ...bytesLE(crc32(Buffer.from(bytes)), 4)]);

/** Filters of The .xz File Format, 5.3, as they stand in the head of a block. `dictionary`: 22 is 8 MiB. */
export const lzma2 = (dictionary: number): number[] => [0x21, 1, dictionary];
export const BRANCHES_X86: readonly number[] = [0x04, 0];

export interface XzBlock {
  readonly data: Buffer | string;
  readonly filters?: readonly (readonly number[])[];
  /** How many bytes stand in a row as they are; up to 256. */
  readonly step?: number;
}

/** A stream of The .xz File Format 1.2.1, without checks of its contents. */
export function xzOf(...blocks: readonly (XzBlock | Buffer | string)[]): Buffer {
  const made = blocks.map((block) =>
    typeof block === 'string' || Buffer.isBuffer(block) ? blockOf({ data: block }) : blockOf(block),
  );
  const records = made.flatMap(({ unpaddedBytes, dataBytes }) => [
    ...numberOf(unpaddedBytes),
    ...numberOf(dataBytes),
  ]);
  const index = withSum(filled([0, ...numberOf(made.length), ...records]));
  const flags = [0, 0];
  const footer = [...bytesLE(index.length / 4 - 1, 4), ...flags];
  return Buffer.concat([
    Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    withSum(flags),
    ...made.map(({ bytes }) => bytes),
    index,
    Buffer.from(bytesLE(crc32(Buffer.from(footer)), 4)),
    Buffer.from([...footer, 0x59, 0x5a]),
  ]);
}

function blockOf({ data, filters = [lzma2(22)], step = STEP }: XzBlock): {
  readonly bytes: Buffer;
  readonly unpaddedBytes: number;
  readonly dataBytes: number;
} {
  const bytes = Buffer.from(data);
  const fields = filled([0, filters.length - 1, ...filters.flat()]);
  fields[0] = fields.length / 4;
  const head = withSum(fields);
  // Chunks that are not compressed; the first begins the dictionary anew.
  const chunks = pieces(bytes, step).flatMap((piece, index) => [
    index === 0 ? 1 : 2,
    0,
    piece.length - 1,
    ...piece,
  ]);
  const body = [...chunks, 0];
  const block = Buffer.concat([head, Buffer.from(filled(body))]);
  return { bytes: block, unpaddedBytes: head.length + body.length, dataBytes: bytes.length };
}

/** To a multiple of four bytes. */
function filled(bytes: readonly number[]): number[] {
  return [...bytes, ...Array.from({ length: -bytes.length & 3 }, () => 0)];
}

/** Seven bits a byte: 1.2. */
function numberOf(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...numberOf(value >> 7)];
}
