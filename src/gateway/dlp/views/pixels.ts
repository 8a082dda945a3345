import { createEngine, type Engine, type Written } from '../engine.ts';
import { PIECE } from '../decompress.ts';
import { CHUNK_HEAD, IDAT, ZLIB_BYTES } from './archive.ts';
import { SHORTEST_TEXT, textsIn } from './texts.ts';

/**
 * The pixels of a PNG: one stream of zlib, cut into chunks (W3C PNG, 5.3 and 10.1). Pictures are mostly runs and rows that
 * repeat, so that they shrink as only bombs do otherwise: what repeats is left out, all else is there, to the last row.
 */

/** Behind the data of a chunk. */
const CHECKSUM_BYTES = 4;

/** How much may still be inflated, in bytes with all that repeats. */
export interface Allowance {
  left: number;
}

/**
 * Undoes the chunks from the length of the first on, and `reduce`s what comes of each piece; what are no chunks is taken as it
 * follows. `large`: more than is allowed. Undefined where this Node has no engine.
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
  /** What of the stream is in the first so many bytes. */
  next(bytes: Uint8Array): { readonly data: Uint8Array; readonly taken: number };
}

function createChunks(): Chunks {
  let head = Buffer.alloc(CHECKSUM_BYTES);
  let dataLeft = 0;
  /** Of the head of zlib. */
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

/** Pieces that stand for less are looked at as they are. */
const SOME = 64 * 1024;

/** Of much, only the texts in it, each with a byte on either side, and its ends. */
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

/** `bytes` without what no picture says again and again: rows and runs. */
function reduced(bytes: Uint8Array): Uint8Array {
  return withoutRuns(withoutRepeats(bytes));
}

/** Bytes of any number of equal pixels, of one to four bytes or twice that. */
const PIXEL = 12;
const LEAST_RUN = 6 * PIXEL;

/** `bytes` without the middle of runs of equal pixels. */
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

/** What is looked for again, and how far: rows of 16,000 pixels; how far it goes on if it is there nowhere. */
const KEY = 32;
const FARTHEST = 64 * 1024;
const STEP = 1024;
/** Shorter repeats are left in. */
const LEAST_REPEAT = 1024;
/** What stays of a repeat at either end: there something may stand that goes on in what is new. */
const KEPT = 256;
/** Characters of base64, hex and base32 stay at their alignment. */
const PERIOD = 8 * 3;

/** `bytes` without what repeats something just before it, but for its ends. */
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
    // What broke the repeat may repeat itself, farther apart: rows.
    at += distance + length;
  }
  return copied === 0 ? bytes : Buffer.concat([...parts, all.subarray(copied)]);
}

const BLOCK = 16 * 1024;

/** How many bytes from `one` on are those from `other` on, which is behind it. */
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
