/** Undoing escapes of URLs, of JSON and JavaScript strings, and of HTML and XML, all in one pass. */

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;

const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What one escape stands for: how many bytes it takes, and the code point. */
interface Escape {
  readonly length: number;
  readonly code: number;
  /** A byte, not a character: `%C3`. */
  readonly isByte?: true;
}

/** `bytes` with each escape replaced by what it stands for, or undefined where there is none. */
export function unescape(bytes: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let found = false;
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const escape =
      byte === PERCENT || byte === BACKSLASH || byte === AMPERSAND ? escapeAt(bytes, at) : undefined;
    if (escape === undefined) {
      out[length++] = byte;
      at += 1;
      continue;
    }
    found = true;
    at += escape.length;
    if (escape.isByte || escape.code < 0x80) out[length++] = escape.code;
    else length += put(out, length, escape.code);
  }
  return found ? out.subarray(0, length) : undefined;
}

/** The escape that begins at `at`, if one does. */
export function escapeAt(bytes: Uint8Array, at: number): Escape | undefined {
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
  const code = hexAt(bytes, at + 2, 4); // %u0041, of JavaScript's escape()
  return code === undefined ? undefined : { length: 6, code };
}

function backslashAt(bytes: Uint8Array, at: number): Escape | undefined {
  const letter = String.fromCharCode(bytes[at + 1] ?? 0);
  const control = LETTERS[letter];
  if (control !== undefined) return { length: 2, code: control.charCodeAt(0) };
  if (letter === 'u') return unicodeAt(bytes, at);
  if (letter === 'x') return byteOf(hexAt(bytes, at + 2, 2));
  if (letter >= '0' && letter <= '3') {
    const digits = Buffer.from(bytes.subarray(at + 1, at + 4)).toString('latin1');
    return /^[0-7]{3}$/.test(digits) ? byteOf(Number.parseInt(digits, 8)) : undefined;
  }
  return /[\\/"'`]/.test(letter) ? { length: 2, code: letter.charCodeAt(0) } : undefined;
}

function unicodeAt(bytes: Uint8Array, at: number): Escape | undefined {
  if (bytes[at + 2] === 0x7b) return numberUntil(bytes, { from: at + 3, close: 0x7d, radix: 16, start: at });
  const high = hexAt(bytes, at + 2, 4);
  if (high === undefined || high < 0xd800 || high > 0xdbff) return fixed(high, 6);
  const low = bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75 ? hexAt(bytes, at + 8, 4) : undefined;
  if (low === undefined || low < 0xdc00 || low > 0xdfff) return undefined;
  return { length: 12, code: 0x10000 + ((high - 0xd800) << 10) + low - 0xdc00 };
}

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
  const name = /^[a-z]+(?=;)/.exec(Buffer.from(bytes.subarray(at + 1, at + 6)).toString('latin1'))?.[0] ?? '';
  const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  return character === undefined ? undefined : { length: name.length + 2, code: character.charCodeAt(0) };
}

/** Of four characters: `\x41`, `\101`. A byte to shells, C and Python's bytes; a character to JavaScript, the same below 128. */
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

/** A number of at most eight digits that `close` ends. */
function numberUntil(bytes: Uint8Array, { start, from, close, radix }: Numeral): Escape | undefined {
  let code = 0;
  for (let at = from; at <= from + 8; at += 1) {
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
