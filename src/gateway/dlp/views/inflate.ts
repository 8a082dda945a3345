import { createEngine, type Compression, type Engine, type Written } from '../engine.ts';
import {
  beginsPixels,
  CHUNK_HEAD,
  gzipDataAt,
  GZIP,
  IDAT,
  isDeflatedInZip,
  ZIP,
  zipDataAt,
  ZLIB_BYTES,
  ZSTD,
} from './archive.ts';
import { createPixels, textsOfPixels, type Allowance } from './pixels.ts';
import { isDeflateBlock, LEAST_OUTPUT } from './plausible.ts';

/** Compressed data that lies about in other data: as much of it as is there. */

/** Beyond this, a piece that nobody announced as compressed is a bomb. */
const MAX_OUTPUT = 4 * 1024 * 1024;

const engines = new Map<Compression, Engine | undefined>();

/** Gives so many bytes from where something begins, or as many as there are. */
export type Source = (bytes: number) => Uint8Array;

/** So much tells what is no compressed data. */
const SOME = 512;

/** What a source holds, undefined where it is not of this compression, `sealed` where it is and cannot be undone, and `bomb` where it would be too much, of pixels than `pixels` allows. */
export function inflated(
  kind: Compression,
  source: Source,
  pixels: Allowance,
): Uint8Array | 'bomb' | 'sealed' | undefined {
  const undo = (bytes: Uint8Array): Written =>
    kind === 'png' ? undonePixels(bytes, pixels) : undone(kind, bytes);
  const some = source(SOME);
  let written = undo(some);
  // All that there is may have been given at once.
  if (written.state === 'more' && some.length === SOME) written = undo(source(Infinity));
  if (written.state === 'large') return 'bomb';
  if (written.state === 'sealed') return 'sealed';
  return written.output.length < LEAST_OUTPUT ? undefined : written.output;
}

const NOTHING = { output: new Uint8Array(0), state: 'broken', unread: 0 } as const;

function undonePixels(bytes: Uint8Array, pixels: Allowance): Written {
  const engine = createPixels(pixels, textsOfPixels);
  const written = engine?.write(bytes, MAX_OUTPUT) ?? NOTHING;
  engine?.close();
  if (written.state !== 'broken') return written;
  // What only looks like chunks may be one stream, with the head of a chunk among its data.
  const whole = undone('deflate', bytes.subarray(CHUNK_HEAD));
  return { ...whole, output: Buffer.concat([written.output, whole.output]) };
}

function undone(kind: Compression, bytes: Uint8Array): Written {
  // A wrong checksum, or what follows, spoils nothing for whoever does not look at it: the data itself is looked at.
  if (kind === 'gzip') return undone('deflate-raw', bytes.subarray(gzipDataAt(bytes) ?? bytes.length));
  if (kind === 'zip') return undone('deflate-raw', bytes.subarray(zipDataAt(bytes) ?? bytes.length));
  if (kind === 'deflate') return undone('deflate-raw', bytes.subarray(ZLIB_BYTES));
  if (!engines.has(kind)) engines.set(kind, createEngine(kind));
  const engine = engines.get(kind);
  if (engine === undefined) return NOTHING;
  engine.reset();
  const written = engine.write(bytes, MAX_OUTPUT);
  // After an error the others stay broken.
  if (written.state === 'broken' && kind !== 'deflate-raw') {
    engine.close();
    engines.delete(kind);
  }
  return written;
}

/** Where something compressed may begin, by its mark. RFC 1952; RFC 1950; RFC 8878, 3.1.1. */
export function* marksIn(data: Uint8Array): Generator<readonly [Compression, number]> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  for (const at of occurrences(bytes, GZIP)) yield ['gzip', at];
  for (const at of occurrences(bytes, ZSTD)) yield ['zstd', at];
  for (const at of occurrences(bytes, ZIP)) if (isDeflatedInZip(bytes, at) === true) yield ['zip', at];
  for (const mark of ZLIB) {
    for (const at of occurrences(bytes, mark)) {
      if (!isDeflateBlock(bytes, at + ZLIB_BYTES)) continue;
      yield beginsPixels(bytes, at - IDAT.length) ? ['png', at - CHUNK_HEAD] : ['deflate', at];
    }
  }
}

/** The second byte of a stream of zlib, by how hard it was tried (RFC 1950, 2.2). */
export const ZLIB_LEVELS: readonly number[] = [0x01, 0x5e, 0x9c, 0xda];
const ZLIB = ZLIB_LEVELS.map((level) => Buffer.from([0x78, level]));
export const MARKS: readonly Uint8Array[] = [GZIP, ZSTD, ZIP, ...ZLIB];

/** What may begin at `at`, by its mark. */
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
