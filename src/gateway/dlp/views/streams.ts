import { CLASS, HEX, lastOther, LOWER32, runEnd, UPPER32, WORD, type Stretch } from './characters.ts';
import { VALUES } from './decode.ts';
import { WordList, type Words } from './word-list.ts';

/**
 * Extracts the characters of one alphabet from the text between them: line breaks, quotes, colons, `\x`. This
 * restores what was encoded and then cut, wrapped or spaced, but at any alignment (`decode.ts` tries each).
 */

/** Shorter runs are words of a text, or chance in other bytes, rather than encoded data. */
const SHORTEST_RUN = { base64: 4, hex: 2, hexInside: 16, base32: 12 } as const;
/** Shortest base64 that may be compressed data without a mark. */
const SHORTEST_TOKEN = 16;
/** Most tokens that are tried. */
const MAX_TOKENS = 64;
export interface Streams {
  /** Values of the characters (`decode.ts`), as in the other streams. */
  readonly base64: Uint8Array;
  /** Start and end, in `base64`, of runs that are not words. */
  readonly tokens: readonly Stretch[];
  readonly hex: Uint8Array;
  /** In either case. */
  readonly base32: Uint8Array;
  readonly words: Words;
}

interface Reading {
  readonly bytes: Uint8Array;
  /** As long as the whole stream can become; `length` values are used. */
  readonly base64: Uint8Array;
  length: number;
  readonly tokens: Stretch[];
  /** The run that is being read. */
  readonly run: { start: number; end: number };
  readonly hex: Sink;
  readonly base32: Sink;
  readonly words: WordList;
}

/** Reads the texts in `bytes` once, and returns their streams. */
export function streamsOf(bytes: Uint8Array, texts: readonly Stretch[]): Streams {
  const reading: Reading = {
    bytes,
    base64: new Uint8Array(texts.reduce((sum, { start, end }) => sum + end - start, 0)),
    length: 0,
    tokens: [],
    run: { start: 0, end: 0 },
    hex: new Sink(),
    base32: new Sink(),
    words: new WordList(bytes),
  };
  for (const text of texts) readText(reading, text);
  return {
    base64: reading.base64.subarray(0, reading.length),
    tokens: reading.tokens,
    hex: reading.hex.taken(),
    base32: reading.base32.taken(),
    words: reading.words.places,
  };
}

/** Writes each run to base64 while reading it, and removes it if it is too short for base64. */
function readText(reading: Reading, { start, end }: Stretch): void {
  const { bytes, base64, run, tokens } = reading;
  const classes = CLASS;
  let tokenEnd = tokens.at(-1)?.end ?? -1;
  const values = VALUES.base64;
  let { length } = reading;
  for (let at = start; at < end; at += 1) {
    let byte = bytes[at]!;
    let kind = classes[byte]!;
    if ((kind & WORD) === 0) continue;
    const from = at;
    let all = kind;
    let to = length;
    do {
      base64[to++] = values[byte]!;
      all &= kind;
      at += 1;
      if (at >= end) break;
      byte = bytes[at]!;
      kind = classes[byte]!;
    } while ((kind & WORD) !== 0);
    const size = at - from;
    const isTold =
      (all & HEX) !== 0 ||
      size >= SHORTEST_RUN.base32 ||
      (size > 2 && (length === tokenEnd || mayHaveMark(bytes, from)));
    if (isTold) {
      run.start = from;
      run.end = at;
      addRun(reading, run, all);
      tokenEnd = tokens.at(-1)?.end ?? -1;
    }
    if (size >= SHORTEST_RUN.base64) reading.length = length = to;
  }
}

/** 1 for the first characters of the marks of hex digits: `x`, `u`, `0`. */
const MARK_EDGE = new Uint8Array(256);
for (const byte of Buffer.from('xXuU0')) MARK_EDGE[byte] = 1;

/** Whether a run may begin with a mark (`markLength`). Most words do not. */
function mayHaveMark(bytes: Uint8Array, start: number): boolean {
  return (MARK_EDGE[bytes[start]!]! | MARK_EDGE[bytes[start + 1]!]!) !== 0;
}

/** Adds a run of WORD to the other streams that it fits; `all` holds the classes that all its characters share. */
function addRun(reading: Reading, run: Stretch, all: number): void {
  const size = run.end - run.start;
  if ((all & HEX) !== 0) {
    if (size >= SHORTEST_RUN.hex) addDigits(reading, run);
  } else {
    addHex(reading, run);
  }
  if (size >= SHORTEST_RUN.base64) addToken(reading, run);
  reading.words.add({ alphabet: 'base64', from: reading.length, to: reading.length + size }, run);
  if (size >= SHORTEST_RUN.base32) addBase32(reading, run);
}

/** Adds a run that is not a word. A line that continues the previous token extends it. */
function addToken({ tokens, length, bytes }: Reading, { start, end }: Stretch): void {
  const last = tokens.at(-1);
  const stop = length + end - start;
  if (last?.end === length && isAfterLineBreak(bytes, start)) {
    tokens[tokens.length - 1] = { start: last.start, end: stop };
  } else if (
    end - start >= SHORTEST_TOKEN &&
    tokens.length < MAX_TOKENS &&
    isRestless(bytes, { start, end })
  ) {
    tokens.push({ start: length, end: stop });
  }
}

function isAfterLineBreak(bytes: Uint8Array, start: number): boolean {
  let at = start - 1;
  while (at > start - 16 && (bytes[at] === 0x20 || bytes[at] === 0x09)) at -= 1;
  return bytes[at] === 0x0a || bytes[at] === 0x0d;
}

/** Whether the kinds of characters change as often as in random data; in words and identifiers they seldom change. */
function isRestless(bytes: Uint8Array, { start, end }: Stretch): boolean {
  const stop = Math.min(end, start + 64);
  let changes = 0;
  for (let at = start + 1; at < stop; at += 1) {
    if ((bytes[at]! & 0x60) !== (bytes[at - 1]! & 0x60)) changes += 1;
  }
  return changes * 3 > stop - start;
}

/** Adds the hex digits of a run that also has other characters. */
function addHex(reading: Reading, run: Stretch): void {
  const { start, end } = run;
  const before = markLength(reading.bytes, run);
  if (before > 0) {
    const inner = { start: start + before, end };
    if (inner.start < inner.end && runEnd(reading.bytes, HEX, inner) === inner.end)
      return addDigits(reading, inner);
  }
  if (end - start >= SHORTEST_RUN.hexInside) addHexInside(reading, run);
}

/** Returns the length of the mark of `\x41` or `0x41` in a run, including the rest of a base64 group before it. */
function markLength(bytes: Uint8Array, { start, end }: Stretch): number {
  if (isX(bytes[start]!)) return isX(bytes[start + 2]!) ? 3 : 1;
  if (bytes[start] === 0x30 && isX(bytes[start + 1]!)) return 2;
  const isOdd = (end - start) % 2 === 1;
  return isOdd && bytes[start + 1] === 0x30 && isX(bytes[start + 2]!) ? 3 : 0;
}

/** Whether the byte is `x` or `u`, in either case. */
function isX(byte: number): boolean {
  return (byte | 0x20) === 0x78 || (byte | 0x20) === 0x75;
}

/** Adds hex digits without the separators between them. */
function addDigits(reading: Reading, { start, end }: Stretch): void {
  const { hex, bytes } = reading;
  const values = VALUES.hex;
  const out = hex.room(end - start);
  const before = hex.length;
  let { length } = hex;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte > 0x2f && byte !== 0x5f) out[length++] = values[byte]!;
  }
  hex.length = length;
  reading.words.add({ alphabet: 'hex', from: before, to: length }, { start, end });
}

/**
 * Adds the long runs of upper case, then those of lower case. It finds them in one pass without a branch per character.
 */
function addBase32(reading: Reading, { start, end }: Stretch): void {
  const { bytes } = reading;
  const cases = CASES;
  const lower: Stretch[] = [];
  let [upperEnd, lowerEnd] = [start, start];
  let rows = 0;
  for (let at = start; at < end; at += 1) {
    rows = ((rows << 1) | NEXT) & cases[bytes[at]!]!;
    if ((rows & LONG_ROWS) === 0) continue;
    const first = at + 1 - SHORTEST_RUN.base32;
    if ((rows & LONG_ROW) !== 0 && at >= upperEnd) {
      upperEnd = runEnd(bytes, UPPER32, { start: at, end });
      addLetters(reading, { start: first, end: upperEnd });
    }
    if ((rows & ~LONG_ROW & LONG_ROWS) !== 0 && at >= lowerEnd) {
      lowerEnd = runEnd(bytes, LOWER32, { start: at, end });
      lower.push({ start: first, end: lowerEnd });
    }
  }
  for (const run of lower) addLetters(reading, run);
}

/** For each case, one bit per character in a row; upper case uses the lower half. */
const HALF = 16;
const NEXT = 1 | (1 << HALF);
const LONG_ROW = 1 << (SHORTEST_RUN.base32 - 1);
const LONG_ROWS = LONG_ROW | (LONG_ROW << HALF);
const CASES = Int32Array.from(CLASS, (kind) => {
  const row = (1 << SHORTEST_RUN.base32) - 1;
  return ((kind & UPPER32) === 0 ? 0 : row) | ((kind & LOWER32) === 0 ? 0 : row << HALF);
});

/** Adds the long runs of digits in a run of mixed characters. */
function addHexInside(reading: Reading, { start, end }: Stretch): void {
  const { bytes } = reading;
  const least = SHORTEST_RUN.hexInside;
  for (let at = start; at + least <= end;) {
    const odd = lastOther(bytes, HEX, { start: at, end: at + least });
    if (odd >= 0) {
      at = odd + 1;
      continue;
    }
    const stop = runEnd(bytes, HEX, { start: at + least, end });
    addDigits(reading, { start: at, end: stop });
    at = stop + 1;
  }
}

function addLetters(reading: Reading, { start, end }: Stretch): void {
  const { base32, bytes } = reading;
  const values = VALUES.base32;
  const out = base32.room(end - start);
  let { length } = base32;
  const from = length;
  for (let at = start; at < end; at += 1) out[length++] = values[bytes[at]!]!;
  base32.length = length;
  reading.words.add({ alphabet: 'base32', from, to: length }, { start, end });
}

const NOTHING = new Uint8Array(0);

/** Collects bytes. Allocates memory when the first byte arrives. */
class Sink {
  #bytes = NOTHING;
  length = 0;

  put(byte: number): void {
    this.room(1)[this.length++] = byte;
  }

  /** Returns a buffer with room for `more` bytes from `length` on. The caller writes them, and then sets `length`. */
  room(more: number): Uint8Array {
    if (this.length + more > this.#bytes.length) this.#grow(more);
    return this.#bytes;
  }

  taken(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.length);
  }

  #grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.length + more, this.#bytes.length * 4, 64));
    larger.set(this.taken());
    this.#bytes = larger;
  }
}
