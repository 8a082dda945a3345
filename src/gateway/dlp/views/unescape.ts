import { CLASS, ESCAPE, type Stretch } from './characters.ts';
import { MOST_ESCAPES } from './texts.ts';

/** Undoes the escapes of URLs, of JSON and JavaScript strings, and of HTML and XML, in one pass. */

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

/** The byte that a backslash and this byte stand for; -1: none. */
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
  const code = untagged(escape.code);
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
  const byte = hexAt(bytes, at + 1, 2);
  if (byte !== undefined) return { length: 3, code: byte, isByte: true };
  if ((bytes[at + 1] ?? 0) !== 0x75) return undefined;
  const code = hexAt(bytes, at + 2, 4); // %u0041, from JavaScript's escape()
  return code === undefined ? undefined : { length: 6, code };
}

function backslashAt(bytes: Uint8Array, at: number): Escape | undefined {
  const letter = bytes[at + 1] ?? 0;
  const code = AFTER_BACKSLASH[letter]!;
  if (code >= 0) return { length: 2, code };
  if (letter === 0x75) return unicodeAt(bytes, at);
  if (letter === 0x78) return byteOf(hexAt(bytes, at + 2, 2));
  if (letter < 0x30 || letter > 0x33) return undefined;
  const second = octal(bytes[at + 2]);
  const third = octal(bytes[at + 3]);
  if (second < 0 || third < 0) return undefined;
  const fourth = letter === 0x30 && second < 2 ? octal(bytes[at + 4]) : -1;
  // `\0163` in `echo -e` and in printf's %b. In C, this is a control character followed by a digit.
  if (fourth >= 0) return { length: 5, code: second * 64 + third * 8 + fourth, isByte: true };
  return byteOf((letter - 0x30) * 64 + second * 8 + third);
}

function octal(byte = 0): number {
  return byte >= 0x30 && byte <= 0x37 ? byte - 0x30 : -1;
}

function unicodeAt(bytes: Uint8Array, at: number): Escape | undefined {
  if (bytes[at + 2] === 0x7b) return numberUntil(bytes, { from: at + 3, close: 0x7d, radix: 16, start: at });
  const high = hexAt(bytes, at + 2, 4);
  if (high === undefined || high < 0xd800 || high > 0xdbff) return fixed(high, 6);
  const low = bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75 ? hexAt(bytes, at + 8, 4) : undefined;
  if (low === undefined || low < 0xdc00 || low > 0xdfff) return undefined;
  return { length: 12, code: 0x10000 + ((high - 0xd800) << 10) + low - 0xdc00 };
}

const FIRST_TAG = 0xe0000;

/** Returns the ASCII character of a tag, an invisible character: Unicode has one for each (Unicode 23.9). */
const untagged = (code: number): number =>
  code >= FIRST_TAG + 0x20 && code < FIRST_TAG + 0x7f ? code - FIRST_TAG : code;

function entityAt(bytes: Uint8Array, at: number): Escape | undefined {
  if (bytes[at + 1] === 0x23) {
    const isHex = ((bytes[at + 2] ?? 0) | 0x20) === 0x78;
    return numberUntil(bytes, {
      from: at + (isHex ? 3 : 2),
      close: 0x3b,
      radix: isHex ? 16 : 10,
      start: at,
    });
  }
  if (((bytes[at + 1] ?? 0) | 0x20) < 0x61) return undefined;
  const name = /^[a-z]+(?=;)/.exec(Buffer.from(bytes.subarray(at + 1, at + 6)).toString('latin1'))?.[0] ?? '';
  const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  return character === undefined ? undefined : { length: name.length + 2, code: character.charCodeAt(0) };
}

/**
 * Returns an escape of four characters: `\x41`, `\101`. It is a byte in shells, C and Python's bytes, and a character
 * in JavaScript, which is the same below 128.
 */
function byteOf(code: number | undefined): Escape | undefined {
  return code === undefined ? undefined : { length: 4, code, isByte: true };
}

function fixed(code: number | undefined, length: number): Escape | undefined {
  return code === undefined ? undefined : { length, code };
}

interface Numeral {
  readonly start: number;
  readonly from: number;
  readonly close: number;
  readonly radix: 10 | 16;
}

/** Reads a number that `close` ends, of at most eight digits after any zeros. */
function numberUntil(bytes: Uint8Array, { start, from, close, radix }: Numeral): Escape | undefined {
  let code = 0;
  let first = from;
  while (bytes[first] === 0x30) first += 1;
  for (let at = first; at <= first + 8; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === close && at > from) return code > 0x10ffff ? undefined : { length: at + 1 - start, code };
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
