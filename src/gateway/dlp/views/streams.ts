import { escapeAt } from './unescape.ts';

/**
 * The characters of one alphabet, taken out of whatever stands between them: line breaks, quotes, colons, `\x`. What was
 * encoded and then cut, wrapped or spaced is whole again there, though at any alignment (`decode.ts` tries each).
 */

/** Shorter runs are words of a text, or chance in what is not text, rather than encoded. */
const SHORTEST_RUN = { base64: 4, hexInside: 16, base32: 10 } as const;
/** Shorter pieces of text among what is not text are chance. */
const SHORTEST_TEXT = 10;

const WORD = 1; // in the base64 alphabets
const HEX = 2; // and what of WORD may stand between hex digits
const UPPER32 = 4;
const LOWER32 = 8;
const DIGIT = 16;
const PRINTABLE = 32;
const ESCAPE = 64; // begins an escape

const CLASS = new Uint8Array(256);
const mark = (characters: string, bit: number) => {
  for (const character of characters) CLASS[character.charCodeAt(0)]! |= bit;
};
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
mark(`${UPPER}${UPPER.toLowerCase()}0123456789+/-_`, WORD);
mark('0123456789abcdefABCDEF-_+/', HEX);
mark(`${UPPER}234567`, UPPER32);
mark(`${UPPER.toLowerCase()}234567`, LOWER32);
mark('0123456789', DIGIT);
mark('%\\&', ESCAPE);
for (let code = 0x20; code < 0x7f; code += 1) CLASS[code]! |= PRINTABLE;
mark('\t\r\n', PRINTABLE);

const PERCENT = 0x25;

export interface Streams {
  /** Of both alphabets. */
  readonly base64: Uint8Array;
  /** Where in `base64` runs begin and end that are no words. */
  readonly tokens: readonly (readonly [start: number, end: number])[];
  readonly hex: Uint8Array;
  /** Upper case. */
  readonly base32: Uint8Array;
  /** The bytes of lists of decimal numbers, as JSON has them for buffers. */
  readonly decimal: Uint8Array;
  /** Whether there is an escape among text, read forwards. */
  readonly escaped: boolean;
  /** Whether there is one when the bytes are read backwards. */
  readonly escapedBackwards: boolean;
  /** Whether there are characters of 16 bits among text. */
  readonly wide: boolean;
}

const NOTHING = new Uint8Array(0);

class Sink {
  #bytes = NOTHING;
  length = 0;

  append(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const to = this.#bytes;
    let { length } = this;
    for (let at = start; at < end; at += 1) to[length++] = from[at]!;
    this.length = length;
  }

  put(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = byte;
  }

  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, this.#bytes.length * 4, 64));
    larger.set(this.taken());
    this.#bytes = larger;
  }
}

interface Sinks {
  readonly base64: Sink;
  readonly tokens: (readonly [number, number])[];
  readonly hex: Sink;
  readonly base32: Sink;
  readonly decimal: Sink;
  escaped: boolean;
  backwards: number;
}

/** Tokens beyond this many are not tried for compression without a mark of its own. */
const MAX_TOKENS = 64;
const SHORTEST_TOKEN = 16;

/** One pass over `bytes`, which leaps over what is not text. */
export function streamsOf(bytes: Uint8Array): Streams {
  const sinks: Sinks = {
    base64: new Sink(),
    tokens: [],
    hex: new Sink(),
    base32: new Sink(),
    decimal: new Sink(),
    escaped: false,
    backwards: 0,
  };
  let wide = false;
  const { length } = bytes;
  for (let at = 0; at < length;) {
    const odd = lastOddIn(bytes, at, Math.min(length, at + SHORTEST_TEXT));
    if (odd >= 0) {
      wide ||= bytes[odd] === 0 && isWide(bytes, odd);
      at = odd + 1;
      continue;
    }
    at = addText(sinks, bytes, at);
  }
  return {
    base64: sinks.base64.taken(),
    tokens: sinks.tokens,
    hex: sinks.hex.taken(),
    base32: sinks.base32.taken(),
    decimal: sinks.decimal.taken(),
    escaped: sinks.escaped,
    wide,
    escapedBackwards: sinks.backwards > 1,
  };
}

/** The last byte of a stretch that stands in no text, or -1. Most stretches of what is not text have one near their end. */
function lastOddIn(bytes: Uint8Array, start: number, end: number): number {
  let at = end - 1;
  while (at >= start && (CLASS[bytes[at]!]! & PRINTABLE) !== 0) at -= 1;
  return at < start ? -1 : at;
}

/** Takes the text that begins at `start`; gives where it ends. */
function addText(sinks: Sinks, bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length) {
    const kind = CLASS[bytes[at]!]!;
    if ((kind & WORD) !== 0) {
      const from = at;
      let all = kind;
      at += 1;
      while (at < length && (CLASS[bytes[at]!]! & WORD) !== 0) all &= CLASS[bytes[at++]!]!;
      addRun(sinks, bytes, { start: from, end: at, all });
      continue;
    }
    if ((kind & PRINTABLE) === 0) return at;
    if ((kind & ESCAPE) !== 0) {
      sinks.escaped ||= escapeAt(bytes, at) !== undefined;
      if (isEscapeBackwards(bytes, at)) sinks.backwards += 1;
    }
    at += 1;
  }
  return at;
}

interface Run {
  readonly start: number;
  readonly end: number;
  /** The classes that all its characters have in common. */
  readonly all: number;
}

function addRun(sinks: Sinks, bytes: Uint8Array, { start, end, all }: Run): void {
  const size = end - start;
  if ((all & DIGIT) !== 0 && size <= 3) addDecimal(sinks.decimal, bytes, start, end);
  if (size >= SHORTEST_RUN.base64) {
    addToken(sinks, bytes, start, end);
    sinks.base64.append(bytes, start, end);
  }
  if (size >= 2) addHex(sinks.hex, bytes, { start, end, all });
  if (size >= SHORTEST_RUN.base32) {
    addRunsInside(sinks.base32, bytes, { start, end, all: UPPER32 });
    addRunsInside(sinks.base32, bytes, { start, end, all: LOWER32 });
  }
}

/** Notes a run that is no word; a line that goes on from the one before it belongs to it. */
function addToken({ tokens, base64 }: Sinks, bytes: Uint8Array, start: number, end: number): void {
  const from = base64.length;
  const to = from + end - start;
  const last = tokens.at(-1);
  if (last?.[1] === from && isLineBreak(bytes, start)) tokens[tokens.length - 1] = [last[0], to];
  else if (to - from >= SHORTEST_TOKEN && tokens.length < MAX_TOKENS && isRestless(bytes, start, end))
    tokens.push([from, to]);
}

function isLineBreak(bytes: Uint8Array, end: number): boolean {
  let at = end - 1;
  while (at >= 0 && (bytes[at] === 0x20 || bytes[at] === 0x09)) at -= 1;
  return bytes[at] === 0x0a || bytes[at] === 0x0d;
}

/** Whether the kinds of characters change as often as chance does it; in words and identifiers they change seldom. */
function isRestless(bytes: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, start + 64);
  let changes = 0;
  for (let at = start + 1; at < stop; at += 1) {
    if ((bytes[at]! & 0x60) !== (bytes[at - 1]! & 0x60)) changes += 1;
  }
  return changes * 3 > stop - start;
}

function addHex(sink: Sink, bytes: Uint8Array, { start, end, all }: Run): void {
  if ((all & HEX) !== 0) return addDigits(sink, bytes, start, end);
  const from = start + markLength(bytes[start]!, bytes[start + 1]!);
  const to = end - markLength(bytes[end - 1]!, bytes[end - 2]!);
  if (to - from !== end - start && from < to && runEnd(bytes, { start: from, end: to, all: HEX }) === to) {
    return addDigits(sink, bytes, from, to);
  }
  if (end - start >= SHORTEST_RUN.hexInside) addRunsInside(sink, bytes, { start, end, all: HEX });
}

/** How much of the outer end of a run is the mark of `\x41` or `0x41`; read backwards it is the other end. */
function markLength(outer: number, inner: number): number {
  if (isX(outer)) return 1;
  return outer === 0x30 && isX(inner) ? 2 : 0;
}

/** `x` and `u`, in either case. */
function isX(byte: number): boolean {
  return (byte | 0x20) === 0x78 || (byte | 0x20) === 0x75;
}

function addDigits(sink: Sink, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte > 0x2f && byte !== 0x5f) sink.put(byte);
  }
}

/** In a run of many kinds, the long runs of one kind: leaps as `streamsOf` does. */
function addRunsInside(sink: Sink, bytes: Uint8Array, { start, end, all }: Run): void {
  const least = all === HEX ? SHORTEST_RUN.hexInside : SHORTEST_RUN.base32;
  for (let at = start; at + least <= end;) {
    let odd = at + least - 1;
    while (odd >= at && (CLASS[bytes[odd]!]! & all) !== 0) odd -= 1;
    if (odd >= at) {
      at = odd + 1;
      continue;
    }
    const stop = runEnd(bytes, { start: at + least, end, all });
    if (all === HEX) addDigits(sink, bytes, at, stop);
    else for (let from = at; from < stop; from += 1) sink.put(upper(bytes[from]!));
    at = stop + 1;
  }
}

/** Where the run of class `all` that begins at `start` ends. */
function runEnd(bytes: Uint8Array, { start, end, all }: Run): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & all) !== 0) at += 1;
  return at;
}

function upper(byte: number): number {
  return byte >= 0x61 ? byte - 0x20 : byte;
}

function addDecimal(sink: Sink, bytes: Uint8Array, start: number, end: number): void {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + bytes[at]! - 0x30;
  if (value < 256) sink.put(value);
}

/** Whether NUL bytes stand between characters of a text, as in UTF-16. */
function isWide(bytes: Uint8Array, at: number): boolean {
  for (let next = at; next < at + 8; next += 2) {
    if (bytes[next] !== 0 || (CLASS[bytes[next + 1] ?? 0]! & PRINTABLE) === 0) return false;
  }
  return true;
}

/** `14%`, `1400u\`, `;14x#&`. */
function isEscapeBackwards(bytes: Uint8Array, at: number): boolean {
  const before = at - (bytes[at] === PERCENT ? 2 : 4);
  if (before < 0 || (bytes[at] !== PERCENT && !isX(bytes[at - 1]!) && bytes[at - 1] !== 0x23)) return false;
  const turned = new Uint8Array(bytes.subarray(Math.max(0, at - 11), at + 1)).reverse();
  const code = escapeAt(turned, 0)?.code ?? 0;
  return code > 0x20 && code < 0x7f; // "20%" is no escape
}
