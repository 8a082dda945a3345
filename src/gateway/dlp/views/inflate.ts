import { createEngine, type Compression, type Engine } from '../engine.ts';

/** Compressed data that lies about in other data: as much of it as is there. */

/** Beyond this, a piece that nobody announced as compressed is a bomb. */
const MAX_OUTPUT = 4 * 1024 * 1024;
/** Less comes out of noise by chance. */
const LEAST_OUTPUT = 8;

/** After an error, the others stay broken. */
const RESETS: ReadonlySet<Compression> = new Set(['deflate', 'deflate-raw']);

const engines = new Map<Compression, Engine | undefined>();

/** What `bytes` hold, undefined where they are not of this compression, and `bomb` where it would be too much. */
export function inflated(kind: Compression, bytes: Uint8Array): Uint8Array | 'bomb' | undefined {
  // Node refuses what follows a gzip stream; what follows a raw one it leaves.
  if (kind === 'gzip') return inflated('deflate-raw', bytes.subarray(gzipHeaderEnd(bytes)));
  if (!engines.has(kind)) engines.set(kind, createEngine(kind));
  const engine = engines.get(kind);
  if (engine === undefined) return undefined;
  engine.reset();
  const { output, state } = engine.write(bytes, MAX_OUTPUT);
  if (state === 'broken' && !RESETS.has(kind)) {
    engine.close();
    engines.delete(kind);
  }
  if (state === 'large') return 'bomb';
  return output.length < LEAST_OUTPUT ? undefined : output;
}

/** Where something compressed may begin, by its mark. RFC 1952; RFC 1950; RFC 8878, 3.1.1. */
export function* marksIn(bytes: Buffer): Generator<readonly [Compression, number]> {
  for (const at of occurrences(bytes, GZIP)) yield ['gzip', at];
  for (const at of occurrences(bytes, ZSTD)) yield ['zstd', at];
  for (const mark of ZLIB) {
    for (const at of occurrences(bytes, mark)) {
      if (isDeflateBlock(bytes, at + 2)) yield ['deflate', at];
    }
  }
}

const GZIP = Buffer.from([0x1f, 0x8b, 8]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZLIB = [0x01, 0x5e, 0x9c, 0xda].map((level) => Buffer.from([0x78, level]));

function* occurrences(bytes: Buffer, mark: Buffer): Generator<number> {
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) yield at;
}

/** Whether a block of RFC 1951, 3.2.3 can begin so. */
export function isDeflateBlock(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] ?? 0;
  const type = (first >> 1) & 3;
  if (type === 0) {
    return (
      ((bytes[at + 1] ?? 0) ^ (bytes[at + 3] ?? 0)) === 0xff &&
      ((bytes[at + 2] ?? 0) ^ (bytes[at + 4] ?? 0)) === 0xff
    );
  }
  if (type === 1) return true;
  return type === 2 && first >> 3 < 30 && ((bytes[at + 1] ?? 0) & 31) < 30;
}

/** RFC 1952, 2.3: ten bytes, then what the flags announce. */
export function gzipHeaderEnd(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const text of [8, 16]) if ((flags & text) !== 0) at = bytes.indexOf(0, at) + 1 || bytes.length;
  return (flags & 2) === 0 ? at : at + 2;
}

/** A window and a first block of RFC 7932, 9.1 and 9.2, that can stand for no more than compressed data of `length` bytes may. */
export function isBrotliBlock(bytes: Uint8Array): boolean {
  const bits = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 24);
  let at = (bits & 1) === 0 ? 1 : (bits & 0xe) === 0 ? 7 : 4;
  const isLast = (bits >>> at) & 1;
  at += 1;
  if (isLast === 1 && ((bits >>> at++) & 1) === 1) return false; // empty
  const nibbles = ((bits >>> at) & 3) + 4;
  if (nibbles === 7) return false;
  at += 2;
  const size = (bits >>> at) & (2 ** (4 * Math.min(nibbles, 4)) - 1);
  return nibbles > 4 || size < bytes.length * MAX_BROTLI_RATIO;
}

/** Of short data; long data says its length in more nibbles. */
const MAX_BROTLI_RATIO = 40;
