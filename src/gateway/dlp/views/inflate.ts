import { createEngine, type Compression, type Engine, type Written } from '../engine.ts';
import { arePixels, gzipDataAt, GZIP, isDeflatedInZip, ZIP, zipDataAt, ZLIB_BYTES, ZSTD } from './archive.ts';
import { isDeflateBlock, LEAST_OUTPUT } from './plausible.ts';

/** Decompresses data that stands among other data, as far as it goes. */

/** More output than this from data that no header announces is a bomb. */
const MAX_OUTPUT = 4 * 1024 * 1024;

const engines = new Map<Compression, Engine | undefined>();

/** Returns the first `bytes` bytes of the data, or as many as there are. */
export type Source = (bytes: number) => Uint8Array;

/** Number of bytes that distinguish most false marks from compressed data. */
const SOME = 512;

/**
 * Returns the decompressed data; undefined if it is not of this compression; `sealed` if it is, but cannot be undone;
 * `bomb` if it is too large.
 */
export function inflated(kind: Compression, source: Source): Uint8Array | 'bomb' | 'sealed' | undefined {
  const some = source(SOME);
  let written = undone(kind, some);
  // The first call may have given all that there is.
  if (written.state === 'more' && some.length === SOME) written = undone(kind, source(Infinity));
  if (written.state === 'large') return 'bomb';
  if (written.state === 'sealed') return 'sealed';
  return written.output.length < LEAST_OUTPUT ? undefined : written.output;
}

const NOTHING = { output: new Uint8Array(0), state: 'broken', unread: 0 } as const;

function undone(kind: Compression, bytes: Uint8Array): Written {
  // The heads are skipped, because some receivers ignore a wrong checksum or trailing data: only the data count.
  if (kind === 'gzip') return undone('deflate-raw', bytes.subarray(gzipDataAt(bytes) ?? bytes.length));
  if (kind === 'zip') return undone('deflate-raw', bytes.subarray(zipDataAt(bytes) ?? bytes.length));
  if (kind === 'deflate') return undone('deflate-raw', bytes.subarray(ZLIB_BYTES));
  if (!engines.has(kind)) engines.set(kind, createEngine(kind));
  const engine = engines.get(kind);
  if (engine === undefined) return NOTHING;
  engine.reset();
  const written = engine.write(bytes, MAX_OUTPUT);
  // After an error, the other engines stay broken.
  if (written.state === 'broken' && kind !== 'deflate-raw') {
    engine.close();
    engines.delete(kind);
  }
  return written;
}

/**
 * Returns where compressed data may begin, by its mark. RFC 1952; RFC 1950; RFC 8878, 3.1.1. Leaves out the pixels of
 * pictures.
 */
export function* marksIn(data: Uint8Array): Generator<readonly [Compression, number]> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  for (const at of occurrences(bytes, GZIP)) yield ['gzip', at];
  for (const at of occurrences(bytes, ZSTD)) yield ['zstd', at];
  for (const at of occurrences(bytes, ZIP)) if (isDeflatedInZip(bytes, at) === true) yield ['zip', at];
  for (const mark of ZLIB) {
    for (const at of occurrences(bytes, mark)) {
      if (isDeflateBlock(bytes, at + ZLIB_BYTES) && !arePixels(bytes, at)) yield ['deflate', at];
    }
  }
}

/** The beginning of a zlib stream, for each compression level (RFC 1950, 2.2). */
const ZLIB = [0x01, 0x5e, 0x9c, 0xda].map((level) => Buffer.from([0x78, level]));
export const MARKS: readonly Uint8Array[] = [GZIP, ZSTD, ZIP, ...ZLIB];

/** Returns the compression that the mark at `at` announces. */
export function markAt(bytes: Uint8Array, at: number): Compression | undefined {
  const stands = (mark: Uint8Array): boolean => mark.every((byte, index) => bytes[at + index] === byte);
  if (stands(GZIP)) return 'gzip';
  if (stands(ZSTD)) return 'zstd';
  if (stands(ZIP) && isDeflatedInZip(bytes, at) === true) return 'zip';
  return ZLIB.some(stands) && isDeflateBlock(bytes, at + ZLIB_BYTES) ? 'deflate' : undefined;
}

function* occurrences(bytes: Buffer, mark: Buffer): Generator<number> {
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) yield at;
}
