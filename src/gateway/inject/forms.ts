import { Buffer } from 'node:buffer';

/**
 * The forms that a value takes in what others write: as it stands, as a form of HTML sends it, in base64 and base32 wherever it
 * lies in a longer text, in hex; and what a host makes of it that is asked to: backwards, in one case, as numbers of its bytes.
 */

export interface Form {
  /** Which of the values this is a form of, by its place. */
  readonly value: number;
  readonly bytes: Uint8Array;
  /** So many bytes of it are never cut apart where it is cut into lines, as encoders do (RFC 2045, 6.8); 0: it is not cut. */
  readonly unit: number;
  /** Any of its characters may be escaped; the rarest are looked for as they stand. */
  readonly isSpelled: boolean;
}

export interface Found {
  readonly from: number;
  readonly to: number;
  /** Which of the values. */
  readonly value: number;
}

/** All forms of all values, each once. */
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

/** As it stands, and as forms of HTML write its spaces (https://url.spec.whatwg.org/#urlencoded-serializing). */
function plainForms(text: string): readonly string[] {
  return [text, text.replaceAll(' ', '+')];
}

/** Backwards, by characters; also its base64 and hex. */
function turnedForms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const written = [text, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
  return written.map((one) => Array.from(one).toReversed().join(''));
}

/** Shorter values, and values of letters only, may be words that an answer has by chance. */
const SHORTEST_CASED = 16;
const LETTER_AND_DIGIT = /[a-z].*\d|\d.*[a-z]/is;

/** In capitals and in small letters: names of headers are in these in HTTP/2 (RFC 9113, 8.2). */
function casedForms(text: string): readonly string[] {
  if (text.length < SHORTEST_CASED || !LETTER_AND_DIGIT.test(text)) return [];
  return [text.toLowerCase(), text.toUpperCase()].filter((cased) => cased !== text);
}

/** Decimal numbers of its bytes, as JSON has them for buffers. */
function numberForms(bytes: Buffer): readonly string[] {
  return [',', ', '].map((separator) => Array.from(bytes, String).join(separator));
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Of base32 (RFC 4648, 6), the characters that these bytes alone decide, wherever in a group of five they begin; in either case. */
function base32Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2, 3, 4].flatMap((before) => {
    const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
    const skipped = (5 - ((before * 8) % 5)) % 5;
    const groups = bits.slice(skipped).match(/.{5}/g) ?? [];
    const text = groups.map((five) => BASE32.charAt(Number.parseInt(five, 2))).join('');
    return [text, text.toLowerCase()];
  });
}

/** UTF-16 of either order, without a NUL at its end: so both are the same where all is ASCII. */
function wideForms(text: string): readonly Buffer[] {
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  return [little, big].map((bytes) =>
    bytes.subarray(bytes[0] === 0 ? 1 : 0, bytes.at(-1) === 0 ? -1 : undefined),
  );
}

interface Hex {
  /** Two for each byte. */
  readonly digits: readonly string[];
}

function hexOf(bytes: Buffer): readonly Hex[] {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return [{ digits }, { digits: digits.map((two) => two.toUpperCase()) }];
}

/** What stands between the digits of two bytes; `\\x` is an escape of each character. */
const SEPARATORS = [':', '-', ' '];
const SEPARATORS_OF_NUMBERS = [', ', ',', ' '];

interface Separated {
  readonly written: string;
  /** Two digits and what stands with them. */
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
 * Of base64 (RFC 4648), the characters that these bytes alone decide, for each of the three places in a group of three that
 * they can begin at; and once more with the last one, as it is where the text ends with them. They share their memory.
 */
function base64Forms(bytes: Uint8Array): readonly Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((before * 8) / 6);
    // Lines are cut between groups of four: the last character of one can be alone on its line.
    const starts = from % 4 === 3 ? [from, from + 1] : [from];
    const ends = [Math.floor(((before + bytes.length) * 8) / 6), text.length];
    const ofUrls = text.replaceAll('+', '-').replaceAll('/', '_');
    return (text === ofUrls ? [text] : [text, ofUrls])
      .map((written) => Buffer.from(written))
      .flatMap((written) => starts.flatMap((start) => ends.map((end) => written.subarray(start, end))));
  });
}
