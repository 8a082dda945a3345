import { createEngine, type Engine, type Written } from '../engine.ts';
import { PIECE } from '../decompress.ts';
import { CHUNK_HEAD, IDAT, ZLIB_BYTES } from './archive.ts';
import { SHORTEST_TEXT, textsIn } from './texts.ts';

/**
 * Reads the pixels of a PNG: one stream of zlib, divided into chunks (W3C PNG, 5.3 and 10.1). Pictures are mostly runs
 * and repeated rows, so they shrink as much as bombs. The result leaves out what repeats, and keeps all else to the
 * last row.
 */

/** Length of the checksum behind the data of a chunk. */
const CHECKSUM_BYTES = 4;

/** How many bytes may still be inflated, with all repetition. */
export interface Allowance {
  left: number;
}

/**
 * Returns an engine that undoes the chunks, from the length of the first chunk on, and passes the output of each piece
 * to `reduce`. Bytes that are no chunk count as data. `large`: more than `allowance` permits. Undefined if this Node
 * has no engine.
 */
export function createPixels(allowance: Allowance, reduce = reduced): Engine | undefined {
  const engine = createEngine('deflate-raw');
  if (engine === undefined) return undefined;
  const chunks = createChunks();
  const write = (bytes: Uint8Array, maxOutput: number): Written => {
    const outputs: Uint8Array[] = [];
    let total = 0;
    for (let at = 0; at < bytes.length;) {
      const { data, taken } = chunks.next(bytes.subarray(at, at + PIECE));
      at += taken;
      if (data.length === 0) continue;
      const { output, state, unread } = engine.write(data, allowance.left);
      allowance.left -= output.length;
      const kept = reduce(output);
      outputs.push(kept);
      total += kept.length;
      const isLarge = state === 'large' || total > maxOutput;
      if (!isLarge && state === 'more') continue;
      // The head of a chunk may have come before these bytes.
      const left = Math.min(bytes.length, bytes.length - at + unread);
      return { output: Buffer.concat(outputs), state: isLarge ? 'large' : state, unread: left };
    }
    return { output: Buffer.concat(outputs), state: 'more', unread: 0 };
  };
  return {
    write,
    isWhole: () => engine.isWhole(),
    reset: () => engine.reset(),
    close: () => engine.close(),
  };
}

interface Chunks {
  /** Returns data of the stream from the beginning of `bytes`, and how many of these bytes were read. */
  next(bytes: Uint8Array): { readonly data: Uint8Array; readonly taken: number };
}

function createChunks(): Chunks {
  let head = Buffer.alloc(CHECKSUM_BYTES);
  let dataLeft = 0;
  /** Bytes of the zlib head that are still to skip. */
  let skip = ZLIB_BYTES;
  const next = (bytes: Uint8Array): { data: Uint8Array; taken: number } => {
    if (dataLeft > 0) {
      const piece = bytes.subarray(0, dataLeft);
      dataLeft -= piece.length;
      const data = piece.subarray(skip);
      skip -= piece.length - data.length;
      return { data, taken: piece.length };
    }
    const taken = Math.min(bytes.length, CHECKSUM_BYTES + CHUNK_HEAD - head.length);
    head = Buffer.concat([head, bytes.subarray(0, taken)]);
    if (head.length < CHECKSUM_BYTES + CHUNK_HEAD) return { data: NOTHING, taken };
    const isChunk = head.subarray(-IDAT.length).equals(IDAT);
    dataLeft = isChunk ? head.readUInt32BE(CHECKSUM_BYTES) : Infinity;
    const data = isChunk ? NOTHING : head;
    head = Buffer.alloc(0);
    return { data, taken };
  };
  return { next };
}

const NOTHING = new Uint8Array(0);

/** Reduced pixels shorter than this are inspected whole. */
const SOME = 64 * 1024;

/**
 * Returns the reduced pixels. If there are many, it returns only their texts, each with one byte on either side, and
 * both ends.
 */
export function textsOfPixels(bytes: Uint8Array): Uint8Array {
  const dense = reduced(bytes);
  if (dense.length < SOME) return dense;
  const { stretches, wide } = textsIn(dense);
  if (wide) return dense;
  const { length } = dense;
  const parts: Uint8Array[] = [];
  let copied = 0;
  const ends = [
    { start: 0, end: SHORTEST_TEXT },
    ...stretches,
    { start: length - SHORTEST_TEXT, end: length },
  ];
  for (const { start, end } of ends) {
    const until = Math.min(length, end + 1);
    parts.push(dense.subarray(Math.max(copied, start - 1), until));
    copied = until;
  }
  return Buffer.concat(parts);
}

/** Returns `bytes` without the rows and runs that pictures repeat. */
function reduced(bytes: Uint8Array): Uint8Array {
  return withoutRuns(withoutRepeats(bytes));
}

/** A whole number of pixels for each pixel size: one to four bytes, or twice that. */
const PIXEL = 12;
const LEAST_RUN = 6 * PIXEL;

/** Returns `bytes` without the middle of runs of equal pixels. */
export function withoutRuns(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let [length, copied] = [0, 0];
  for (let start = PIXEL; start + LEAST_RUN <= bytes.length;) {
    let odd = start + LEAST_RUN - 1;
    while (odd >= start && bytes[odd] === bytes[odd - PIXEL]) odd -= 1;
    if (odd >= start) {
      start = odd + 1;
      continue;
    }
    let end = start + LEAST_RUN;
    while (end < bytes.length && bytes[end] === bytes[end - PIXEL]) end += 1;
    out.set(bytes.subarray(copied, start), length);
    length += start - copied;
    copied = start + Math.floor((end - start) / PERIOD - 1) * PERIOD;
    start = end;
  }
  if (copied === 0) return bytes;
  out.set(bytes.subarray(copied), length);
  return out.subarray(0, length + bytes.length - copied);
}

/** Length of the key to search for; the farthest repeat, a row of 16,000 pixels; and the step if there is no repeat. */
const KEY = 32;
const FARTHEST = 64 * 1024;
const STEP = 1024;
/** Shorter repeats are kept. */
const LEAST_REPEAT = 1024;
/** Bytes kept at either end of a repeat: a value there may continue in the new bytes. */
const KEPT = 256;
/** Removed lengths are multiples of this, so that base64, hex and base32 keep their alignment. */
const PERIOD = 8 * 3;

/** Returns `bytes` without repeats of bytes shortly before them, except for the ends of each repeat. */
export function withoutRepeats(bytes: Uint8Array): Uint8Array {
  if (bytes.length < LEAST_REPEAT) return bytes;
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let at = 0; at + LEAST_REPEAT < all.length;) {
    const key = all.subarray(at, at + KEY);
    const distance = all.subarray(at + 1, at + KEY + FARTHEST).indexOf(key) + 1;
    const length = distance === 0 ? 0 : agreement(all, at, at + distance);
    if (length < LEAST_REPEAT) {
      at += STEP;
      continue;
    }
    const start = at + distance + KEPT;
    const left = Math.floor((length - 2 * KEPT) / PERIOD) * PERIOD;
    parts.push(all.subarray(copied, start));
    copied = start + left;
    // The bytes that broke the repeat may repeat at a larger distance: rows.
    at += distance + length;
  }
  return copied === 0 ? bytes : Buffer.concat([...parts, all.subarray(copied)]);
}

const BLOCK = 16 * 1024;

/** Returns how many bytes from `one` on equal those from `other` on. `other` is behind `one`. */
function agreement(bytes: Buffer, one: number, other: number): number {
  const most = bytes.length - other;
  let length = 0;
  for (let size = BLOCK; size >= 1;) {
    const isSame =
      length + size <= most &&
      bytes.compare(bytes, one + length, one + length + size, other + length, other + length + size) === 0;
    if (isSame) length += size;
    else size >>= 1;
  }
  return length;
}
