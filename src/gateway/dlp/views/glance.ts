import { CLASS, PRINTABLE, type Stretch } from './characters.ts';
import { CODES, decodeInto, type Alphabet, type Decoding } from './decode.ts';
import { SHORTEST_TEXT } from './texts.ts';

/**
 * Finds the texts in the decodings of a stream before they are decoded: two adjacent characters show which byte begins
 * in the first one, at each alignment. Of noise, hardly anything must be decoded.
 */

/**
 * For each place of a pair, modulo the alphabet's period, and its two values: whether its byte can be text. Each
 * alignment has a bit.
 */
const tables = new Map<Alphabet, Uint8Array>();

/** One way to read a stream, and the places of its texts. */
export interface Glance {
  readonly decoding: Decoding;
  /**
   * Stretches of at least `SHORTEST_TEXT` bytes that are printable or NUL, in bytes of the decoding. Some may be false.
   */
  readonly texts: readonly Stretch[];
}

/** Returns a glance at each of `decodings`. All are of one stream, and in the order of `decodingsOf`. */
export function glancesOf(alphabet: Alphabet, decodings: readonly Decoding[]): readonly Glance[] {
  const { bits, firstBits } = CODES[alphabet];
  const { values } = decodings[0]!;
  const runs = runsIn(values, { bits, pairs: pairsFor(alphabet), ways: firstBits.length });
  return decodings.map((decoding, way): Glance => ({ decoding, texts: textsOf(decoding, runs[way]!) }));
}

/** This many zeros in a row are NUL bytes in any decoding, and more than occur between the characters of any text. */
const LONG_ZEROS = new Uint8Array(32);
const KEPT_ZEROS = 24;
/** Length of a row of one digit that repeats a byte more often than any value that is searched. */
const LONG_DIGITS = 256;
const KEPT_DIGITS = 192;
/** Distance of the probes. Each long row has this many equal characters from a probe on. */
const PROBE = 16;

/**
 * Returns `values` with shortened rows of zeros: no search needs them, and they look like text at each alignment. It
 * removes multiples of `period` characters, which are whole bytes in any decoding.
 */
export function withoutLongZeros(values: Uint8Array, period: number): Uint8Array {
  const buffer = Buffer.from(values.buffer, values.byteOffset, values.length);
  const find = (from: number): Stretch | undefined => {
    const start = buffer.indexOf(LONG_ZEROS, from);
    return start === -1 ? undefined : { start, end: endOfRow(values, start) };
  };
  return withoutRows(values, { find, kept: KEPT_ZEROS, period });
}

/** Shortens rows of a hex digit that decode to text: a buffer full of the digit 3 decodes to digits again and again. */
export function withoutLongDigits(values: Uint8Array): Uint8Array {
  const find = (from: number): Stretch | undefined => longRowOfDigits(values, from);
  return withoutRows(values, { find, kept: KEPT_DIGITS, period: CODES.hex.firstBits.length });
}

interface Rows {
  /** Returns the first row that begins at `from` or behind it. */
  readonly find: (from: number) => Stretch | undefined;
  readonly kept: number;
  readonly period: number;
}

function withoutRows(values: Uint8Array, { find, kept, period }: Rows): Uint8Array {
  let row = find(0);
  if (row === undefined) return values;
  const out = new Uint8Array(values.length);
  let [length, copied] = [0, 0];
  for (; row !== undefined; row = find(copied)) {
    const { start, end } = row;
    const left = end - Math.floor((end - start - kept) / period) * period - start;
    out.set(values.subarray(copied, start + left), length);
    length += start + left - copied;
    copied = end;
  }
  out.set(values.subarray(copied), length);
  return out.subarray(0, length + values.length - copied);
}

function longRowOfDigits(values: Uint8Array, from: number): Stretch | undefined {
  for (let at = from; at + PROBE <= values.length; at += PROBE) {
    const value = values[at]!;
    if (value !== values[at + PROBE - 1] || value !== values[at + PROBE / 2]) continue;
    if (value === 0 || !isReadable(value * 0x11)) continue;
    let start = at;
    while (start > from && values[start - 1] === value) start -= 1;
    const end = endOfRow(values, at);
    if (end - start >= LONG_DIGITS) return { start, end };
    at += Math.floor((end - 1 - at) / PROBE) * PROBE;
  }
  return undefined;
}

function endOfRow(values: Uint8Array, start: number): number {
  let end = start + 1;
  while (values[end] === values[start]) end += 1;
  return end;
}

function modulo8(value: number): number {
  return ((value % 8) + 8) % 8;
}

function pairsFor(alphabet: Alphabet): Uint8Array {
  let found = tables.get(alphabet);
  if (found === undefined) tables.set(alphabet, (found = pairsOf(alphabet)));
  return found;
}

function pairsOf(alphabet: Alphabet): Uint8Array {
  const { bits, firstBits } = CODES[alphabet];
  const size = 1 << (2 * bits);
  const pairs = new Uint8Array(firstBits.length * size);
  for (const [way, firstBit] of firstBits.entries()) {
    for (let place = 0; place < firstBits.length; place += 1) {
      const here = pairs.subarray(place * size, (place + 1) * size);
      addTexts(here, { bits, offset: modulo8(firstBit - bits * place), flag: 1 << way });
    }
  }
  return pairs;
}

interface Beginning {
  readonly bits: number;
  /** The bit of the first character at which a byte begins. If it is beyond the character, no byte begins there. */
  readonly offset: number;
  readonly flag: number;
}

/**
 * Flags the pairs whose byte can be text, as far as the pair shows; all pairs, if no byte begins in the first
 * character.
 */
function addTexts(pairs: Uint8Array, { bits, offset, flag }: Beginning): void {
  const known = Math.min(8, 2 * bits - offset);
  const readable = new Uint8Array(1 << known);
  for (let byte = 0; byte < 256; byte += 1) if (isReadable(byte)) readable[byte >> (8 - known)] = 1;
  for (let pair = 0; pair < pairs.length; pair += 1) {
    const top = (pair >> (2 * bits - offset - known)) & ((1 << known) - 1);
    if (offset >= bits || readable[top] === 1) pairs[pair]! |= flag;
  }
}

/** Whether the byte is printable, or NUL, which UTF-16 has between its characters. */
function isReadable(byte: number): boolean {
  return byte === 0 || (CLASS[byte]! & PRINTABLE) !== 0;
}

interface Pass {
  readonly bits: number;
  readonly pairs: Uint8Array;
  readonly ways: number;
}

/** Returns, for each way, the longest runs of pairs that can be text, as starts and ends in turn. */
function runsIn(values: Uint8Array, { bits, pairs, ways }: Pass): readonly number[][] {
  const least = Math.floor((8 * (SHORTEST_TEXT - 1)) / bits) + 1;
  const period = (pairs.length >> (2 * bits)) - 1;
  const stop = values.length - 1;
  const runs = Array.from({ length: ways }, (): number[] => []);
  const all = (1 << ways) - 1;
  /** Alignments with a run that continues, and the earliest end of these runs. */
  let busy = 0;
  let nextEnd = Infinity;
  for (let start = 0; start + least <= stop;) {
    let alive = all & ~busy;
    let at = start + least - 1;
    for (; at >= start; at -= 1) {
      alive &= pairs[((at & period) << (2 * bits)) | (values[at]! << bits) | values[at + 1]!]!;
      if (alive === 0) break;
    }
    for (let way = 0; alive >> way !== 0; way += 1) {
      const bit = 1 << way;
      if ((alive & bit) === 0) continue;
      let end = start + least;
      while (
        end < stop &&
        (pairs[((end & period) << (2 * bits)) | (values[end]! << bits) | values[end + 1]!]! & bit) !== 0
      )
        end += 1;
      runs[way]!.push(start, end);
      busy |= bit;
      nextEnd = Math.min(nextEnd, end);
    }
    start = at + 1;
    if (alive !== 0) start += 1;
    if (start < nextEnd) continue;
    // A run ended here: another may begin behind it.
    start = nextEnd;
    busy = 0;
    nextEnd = Infinity;
    for (let way = 0; way < ways; way += 1) {
      const end = runs[way]!.at(-1) ?? 0;
      if (end <= start) continue;
      busy |= 1 << way;
      nextEnd = Math.min(nextEnd, end);
    }
  }
  return runs;
}

const NONE: readonly Stretch[] = [];

/** Converts runs of pairs to stretches of bytes, in order. */
function textsOf(decoding: Decoding, runs: readonly number[]): readonly Stretch[] {
  if (runs.length === 0) return NONE;
  const { bits, firstBit, length } = decoding;
  const texts: Stretch[] = [];
  for (let index = 0; index < runs.length; index += 2) {
    const [from, to] = [runs[index]!, runs[index + 1]!];
    const start = Math.max(0, Math.ceil((bits * from - firstBit) / 8));
    const end = Math.min(length, Math.floor((bits * to - 1 - firstBit) / 8) + 1);
    if (end - start >= SHORTEST_TEXT) texts.push({ start, end });
  }
  return texts;
}

/** Shorter decodings are returned whole. */
const SHORT = 2 * SHORTEST_TEXT;

/**
 * Returns the texts of a decoding, each with one byte on either side, and the parts of texts at its ends, because these
 * may continue in other bytes.
 */
export function textBytesOf({ decoding, texts }: Glance): Uint8Array {
  const { length } = decoding;
  if (length <= SHORT) return bytesOf(decoding, [{ start: 0, end: length }]);
  const parts: Stretch[] = [];
  const first = runAtEnd(decoding, 0);
  if (first > 0 && texts[0]?.start !== 0) parts.push({ start: 0, end: first + 1 });
  for (const { start, end } of texts)
    parts.push({ start: Math.max(0, start - 1), end: Math.min(length, end + 1) });
  const last = runAtEnd(decoding, length - SHORTEST_TEXT);
  if (last > 0 && texts.at(-1)?.end !== length) parts.push({ start: length - last - 1, end: length });
  return bytesOf(decoding, parts);
}

const END = new Uint8Array(SHORTEST_TEXT);

/** Returns how many of the first or last few bytes are readable, counted from that end of the decoding. */
function runAtEnd(decoding: Decoding, start: number): number {
  decodeInto(END, decoding, { start, count: SHORTEST_TEXT, at: 0 });
  let run = 0;
  while (run < SHORTEST_TEXT - 1 && isReadable(END[start === 0 ? run : SHORTEST_TEXT - 1 - run]!)) run += 1;
  return run;
}

function bytesOf(decoding: Decoding, parts: readonly Stretch[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of parts) {
    decodeInto(out, decoding, { start, count: end - start, at });
    at += end - start;
  }
  return out;
}
