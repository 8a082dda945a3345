import { Buffer } from 'node:buffer';

/**
 * The forms in which a value may appear in other texts: as it stands, as an HTML form sends it, in base64 and base32 at
 * any offset in a longer text, in hex; and the forms that a host can produce on request: backwards, in one case, as
 * numbers of its bytes.
 */

export interface Form {
  /** Index of the value that this is a form of. */
  readonly value: number;
  readonly bytes: Uint8Array;
  /**
   * Number of bytes that an encoder never splits where it breaks the form into lines (RFC 2045, 6.8); 0: the form is
   * never broken.
   */
  readonly unit: number;
  /** Any of its characters may be escaped. The scan searches for the rarest forms only as they stand. */
  readonly isSpelled: boolean;
}

export interface Found {
  readonly from: number;
  readonly to: number;
  /** Index of the value. */
  readonly value: number;
}

/** Returns all forms of all values, without duplicates. */
export function formsOf(values: readonly string[]): readonly Form[] {
  const all = new Map<string, Form>();
  for (const [value, text] of values.entries()) {
    for (const form of formsOfOne(text, value)) {
      const key = Buffer.from(form.bytes.buffer, form.bytes.byteOffset, form.bytes.length).toString('latin1');
      if (!all.has(key)) all.set(key, form);
    }
  }
  return [...all.values()];
}

function formsOfOne(text: string, value: number): readonly Form[] {
  const bytes = Buffer.from(text);
  const once = base64Forms(bytes);
  const hex = hexOf(bytes);
  const form = (unit: number, isSpelled: boolean) => (written: string | Buffer) => ({
    value,
    bytes: typeof written === 'string' ? Buffer.from(written) : written,
    unit,
    isSpelled,
  });
  return [
    ...[...plainForms(text), ...wideForms(text)].map(form(0, true)),
    ...[...turnedForms(text), ...casedForms(text)].map(form(0, true)),
    ...base32Forms(bytes).map(form(1, false)),
    ...numberForms(bytes).map(form(0, false)),
    ...[...hex.map(({ digits }) => digits.join('')), ...once].map(form(1, true)),
    ...once.flatMap(base64Forms).map(form(1, false)),
    ...hex.flatMap(separated).map(({ written, unit }) => form(unit, false)(written)),
  ];
}

/**
 * The text as it stands, and as an HTML form writes its spaces (https://url.spec.whatwg.org/#urlencoded-serializing).
 */
function plainForms(text: string): readonly string[] {
  return [text, text.replaceAll(' ', '+')];
}

/** The text backwards, by characters; also its base64 and hex. */
function turnedForms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const written = [text, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
  return written.map((one) => Array.from(one).toReversed().join(''));
}

/** Fewest characters: shorter values, and values of letters only, may be words that an answer contains by chance. */
const SHORTEST_CASED = 16;
const LETTER_AND_DIGIT = /[a-z].*\d|\d.*[a-z]/is;

/** The text in upper case and in lower case: HTTP/2 writes header names in lower case (RFC 9113, 8.2). */
function casedForms(text: string): readonly string[] {
  if (text.length < SHORTEST_CASED || !LETTER_AND_DIGIT.test(text)) return [];
  return [text.toLowerCase(), text.toUpperCase()].filter((cased) => cased !== text);
}

/** The bytes as decimal numbers, as JSON writes buffers. */
function numberForms(bytes: Buffer): readonly string[] {
  return [',', ', '].map((separator) => Array.from(bytes, String).join(separator));
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The base32 characters (RFC 4648, 6) that these bytes alone determine, at each offset in a group of five bytes, in
 * upper and lower case.
 */
function base32Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2, 3, 4].flatMap((before) => {
    const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
    const skipped = (5 - ((before * 8) % 5)) % 5;
    const groups = bits.slice(skipped).match(/.{5}/g) ?? [];
    const text = groups.map((five) => BASE32.charAt(Number.parseInt(five, 2))).join('');
    return [text, text.toLowerCase()];
  });
}

/** UTF-16 in both byte orders, without a NUL at either end: so both are the same for ASCII. */
function wideForms(text: string): readonly Buffer[] {
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  return [little, big].map((bytes) =>
    bytes.subarray(bytes[0] === 0 ? 1 : 0, bytes.at(-1) === 0 ? -1 : undefined),
  );
}

interface Hex {
  /** Two digits for each byte. */
  readonly digits: readonly string[];
}

function hexOf(bytes: Buffer): readonly Hex[] {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return [{ digits }, { digits: digits.map((two) => two.toUpperCase()) }];
}

/** Separators between the digits of two bytes. `\\x` is not among them: it is an escape of each character. */
const SEPARATORS = [':', '-', ' '];
const SEPARATORS_OF_NUMBERS = [', ', ',', ' '];

interface Separated {
  readonly written: string;
  /** Length of two digits with their prefix. */
  readonly unit: number;
}

function separated({ digits }: Hex): readonly Separated[] {
  const join = (parts: readonly string[]) => (separator: string) => ({
    written: parts.join(separator),
    unit: (parts[0] ?? '').length + separator.length,
  });
  return [
    ...SEPARATORS.map(join(digits)),
    ...SEPARATORS_OF_NUMBERS.map(join(digits.map((two) => `0x${two}`))),
  ];
}

/**
 * The base64 characters (RFC 4648) that these bytes alone determine, at each of the three offsets in a group of three
 * bytes; also with the last character as it is where the text ends with these bytes. The buffers share memory.
 */
function base64Forms(bytes: Uint8Array): readonly Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((before * 8) / 6);
    // Encoders break lines between groups of four: the last character of a group can be alone on its line.
    const starts = from % 4 === 3 ? [from, from + 1] : [from];
    const ends = [Math.floor(((before + bytes.length) * 8) / 6), text.length];
    const ofUrls = text.replaceAll('+', '-').replaceAll('/', '_');
    return (text === ofUrls ? [text] : [text, ofUrls])
      .map((written) => Buffer.from(written))
      .flatMap((written) => starts.flatMap((start) => ends.map((end) => written.subarray(start, end))));
  });
}
