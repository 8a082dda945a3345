import { CLASS, ESCAPE, type Stretch } from './characters.ts';
import { MOST_ESCAPES } from './texts.ts';

/** Undoes the escapes of URLs, of strings in JSON and in programs, and of HTML and XML, in one pass. */

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;

/** Shorter copies are faster byte by byte. */
const LONG_COPY = 64;

const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** The byte that a backslash and this byte mean; -1: none. */
const AFTER_BACKSLASH = new Int8Array(256).fill(-1);
for (const [letter, meaning] of [
  ...Array.from('nrtbfv', (letter, index) => [letter, '\n\r\t\b\f\v'.charAt(index)] as const),
  ...Array.from('\\/"\'`', (letter) => [letter, letter] as const),
]) {
  AFTER_BACKSLASH[letter.charCodeAt(0)] = meaning.charCodeAt(0);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** One escape: its length in bytes, and its code point. */
interface Escape {
  readonly length: number;
  readonly code: number;
  /** A byte, not a character: `%C3`. */
  readonly isByte?: true;
}

const NOWHERE = new Int32Array(0);

/**
 * Returns `bytes` with each escape in `texts` replaced by its meaning; undefined if there is none. `places`, if not
 * empty, holds the first places where an escape may begin (`Texts.escapes`): only the bytes behind them are searched.
 */
export function unescape(
  bytes: Uint8Array,
  texts: readonly Stretch[],
  places: Int32Array = NOWHERE,
): Uint8Array | undefined {
  const writing: Writing = { bytes, out: undefined, length: 0, copied: 0 };
  for (let index = 0; index < places.length; index += 1) {
    if (places[index]! >= writing.copied) unescapeAt(writing, places[index]!);
  }
  const known = (places.at(-1) ?? -1) + 1;
  if (places.length === 0 || places.length >= MOST_ESCAPES) {
    for (const { start, end } of texts) unescapeText(writing, { start: Math.max(start, known), end });
  }
  const { out } = writing;
  if (out !== undefined) copyUntil(writing, out, bytes.length);
  return out?.subarray(0, writing.length);
}

interface Writing {
  readonly bytes: Uint8Array;
  /** Allocated at the first escape. */
  out: Uint8Array | undefined;
  length: number;
  /** How far `bytes` were copied to `out`. */
  copied: number;
}

function unescapeText(writing: Writing, { start, end }: Stretch): void {
  const { bytes } = writing;
  const classes = CLASS;
  for (let at = Math.max(start, writing.copied); at < end; at += 1) {
    if ((classes[bytes[at]!]! & ESCAPE) === 0) continue;
    unescapeAt(writing, at);
    if (writing.copied > at) at = writing.copied - 1;
  }
}

function unescapeAt(writing: Writing, at: number): void {
  const { bytes } = writing;
  const simple = bytes[at] === BACKSLASH ? AFTER_BACKSLASH[bytes[at + 1] ?? 0]! : -1;
  if (simple >= 0) {
    const out = (writing.out ??= new Uint8Array(bytes.length));
    copyUntil(writing, out, at);
    out[writing.length++] = simple;
    writing.copied = at + 2;
    return;
  }
  const escape = escapeAt(bytes, at);
  if (escape === undefined) return;
  const out = (writing.out ??= new Uint8Array(bytes.length));
  copyUntil(writing, out, at);
  const { code } = escape;
  if (escape.isByte || code < 0x80) out[writing.length++] = code;
  else writing.length += put(out, writing.length, code);
  writing.copied = at + escape.length;
}

function copyUntil(writing: Writing, out: Uint8Array, end: number): void {
  const { bytes, copied } = writing;
  let { length } = writing;
  if (end - copied > LONG_COPY) {
    out.set(bytes.subarray(copied, end), length);
    length += end - copied;
  } else {
    for (let at = copied; at < end; at += 1) out[length++] = bytes[at]!;
  }
  writing.length = length;
  writing.copied = end;
}

/** Returns the escape that begins at `at`, if there is one. */
function escapeAt(bytes: Uint8Array, at: number): Escape | undefined {
  const byte = bytes[at];
  if (byte === PERCENT) return percentAt(bytes, at);
  if (byte === BACKSLASH) return backslashAt(bytes, at);
  if (byte === AMPERSAND) return entityAt(bytes, at);
  return undefined;
}

function percentAt(bytes: Uint8Array, at: number): Escape | undefined {
  const code = hexAt(bytes, at + 1, 2);
  return code === undefined ? undefined : { length: 3, code, isByte: true };
}

function backslashAt(bytes: Uint8Array, at: number): Escape | undefined {
  const letter = bytes[at + 1] ?? 0;
  const code = AFTER_BACKSLASH[letter]!;
  if (code >= 0) return { length: 2, code };
  if (letter === 0x75) return unicodeAt(bytes, at);
  if (letter !== 0x78) return undefined;
  // A byte in shells, C and Python's bytes, a character in JavaScript, which is the same below 128.
  const byte = hexAt(bytes, at + 2, 2);
  return byte === undefined ? undefined : { length: 4, code: byte, isByte: true };
}

function unicodeAt(bytes: Uint8Array, at: number): Escape | undefined {
  const high = hexAt(bytes, at + 2, 4);
  if (high === undefined) return undefined;
  if (high < 0xd800 || high > 0xdbff) return { length: 6, code: high };
  const low = bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75 ? hexAt(bytes, at + 8, 4) : undefined;
  if (low === undefined || low < 0xdc00 || low > 0xdfff) return undefined;
  return { length: 12, code: 0x10000 + ((high - 0xd800) << 10) + low - 0xdc00 };
}

function entityAt(bytes: Uint8Array, at: number): Escape | undefined {
  if (bytes[at + 1] === 0x23) {
    const isHex = ((bytes[at + 2] ?? 0) | 0x20) === 0x78;
    return numberIn(bytes, { from: at + (isHex ? 3 : 2), radix: isHex ? 16 : 10, start: at });
  }
  if (((bytes[at + 1] ?? 0) | 0x20) < 0x61) return undefined;
  const name = /^[a-z]+(?=;)/.exec(Buffer.from(bytes.subarray(at + 1, at + 6)).toString('latin1'))?.[0] ?? '';
  const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  return character === undefined ? undefined : { length: name.length + 2, code: character.charCodeAt(0) };
}

interface Numeral {
  readonly start: number;
  readonly from: number;
  readonly radix: 10 | 16;
}

const SEMICOLON = 0x3b;

/** Reads a number that a semicolon ends, of at most eight digits after any zeros. */
function numberIn(bytes: Uint8Array, { start, from, radix }: Numeral): Escape | undefined {
  let code = 0;
  let first = from;
  while (bytes[first] === 0x30) first += 1;
  for (let at = first; at <= first + 8; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === SEMICOLON && at > from)
      return code > 0x10ffff ? undefined : { length: at + 1 - start, code };
    const digit = HEX[byte] ?? -1;
    if (digit < 0 || digit >= radix) return undefined;
    code = code * radix + digit;
  }
  return undefined;
}

function hexAt(bytes: Uint8Array, at: number, digits: number): number | undefined {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const digit = HEX[bytes[index] ?? 0] ?? -1;
    if (digit < 0) return undefined;
    value = value * 16 + digit;
  }
  return value;
}

/** Writes a code point as UTF-8; never longer than its escape. */
function put(out: Uint8Array, at: number, code: number): number {
  const encoded = Buffer.from(String.fromCodePoint(code));
  out.set(encoded, at);
  return encoded.length;
}

/** An escape that is incomplete at the end of a text. */
const OPEN_ESCAPE = /(?:%[\da-f]?|\\(?:u[\da-f]{0,3}|x[\da-f]?)?|&(?:#x?0*)?[\da-z]{0,7})$/i;
/** Without the zeros before its number, which may be any number. */
const LONGEST_OPEN_ESCAPE = 10;
/** `&#x`. */
const LONGEST_MARK = 3;
const ZERO = 0x30;

/** Returns the length in bytes of an incomplete escape at the end. */
export function openEscape(bytes: Uint8Array): number {
  let start = Math.max(0, bytes.length - LONGEST_OPEN_ESCAPE);
  if (bytes[start] === ZERO) {
    while (start > 0 && bytes[start] === ZERO) start -= 1;
    start = Math.max(0, start - LONGEST_MARK);
  }
  for (let at = start; at < bytes.length; at += 1) {
    if ((CLASS[bytes[at]!]! & ESCAPE) === 0) continue;
    const end = Buffer.from(bytes.subarray(start)).toString('latin1');
    return OPEN_ESCAPE.exec(end)?.[0].length ?? 0;
  }
  return 0;
}
