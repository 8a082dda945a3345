/** Decoding streams of one alphabet: by values of its characters, at each alignment that they can have. */

export type Alphabet = 'base64' | 'hex' | 'base32';

export const ALPHABETS: readonly Alphabet[] = ['base64', 'hex', 'base32'];

export interface Code {
  /** That one character stands for. */
  readonly bits: number;
  /** Where bytes can begin, in bits from the beginning of a stream. */
  readonly firstBits: readonly number[];
}

export const CODES: Readonly<Record<Alphabet, Code>> = {
  base64: { bits: 6, firstBits: [0, 6, 12, 18] },
  hex: { bits: 4, firstBits: [0, 4] },
  base32: { bits: 5, firstBits: [0, 1, 2, 3, 4, 5, 6, 7] },
};

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();

/** What each character stands for; of base32 in either case, of base64 in both alphabets. */
export const VALUES: Readonly<Record<Alphabet, Uint8Array>> = {
  base64: valuesOf(`${UPPER}${LOWER}0123456789+/`, `${UPPER}${LOWER}0123456789-_`),
  hex: valuesOf('0123456789abcdef', '0123456789ABCDEF'),
  base32: valuesOf(`${UPPER}234567`, `${LOWER}234567`),
};

function valuesOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(256);
  for (const alphabet of alphabets) {
    for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value;
  }
  return values;
}

/** Shorter streams hold nothing that is looked for. */
export const SHORTEST: Readonly<Record<Alphabet, number>> = { base64: 10, hex: 16, base32: 12 };

/** One way to read a stream; nothing is decoded yet. */
export interface Decoding {
  readonly bits: number;
  /** Of the characters. */
  readonly values: Uint8Array;
  /** Where the first byte begins. */
  readonly firstBit: number;
  /** In bytes; bits at the end are dropped. */
  readonly length: number;
}

/** The stream of `values` from this bit on. */
export function decodingOf({ bits }: Code, values: Uint8Array, firstBit: number): Decoding {
  const length = Math.max(0, Math.floor((values.length * bits - firstBit) / 8));
  return { bits, values, firstBit, length };
}

/** All ways to read the stream of `values`, by alignment. */
export function decodingsOf(alphabet: Alphabet, values: Uint8Array): Decoding[] {
  const code = CODES[alphabet];
  return code.firstBits.map((firstBit) => decodingOf(code, values, firstBit));
}

/** The bytes from `start` to `end`, as far as there are any. */
export function decoded(decoding: Decoding, start: number, end: number): Uint8Array {
  const stop = Math.min(end, decoding.length);
  const out = new Uint8Array(Math.max(0, stop - start));
  decodeInto(out, decoding, { start, at: 0, count: out.length });
  return out;
}

interface Part {
  /** Of the decoding. */
  readonly start: number;
  readonly count: number;
  /** In what is written to. */
  readonly at: number;
}

/** Writes so many bytes of the decoding, which has them. */
export function decodeInto(out: Uint8Array, decoding: Decoding, { start, count, at }: Part): void {
  const { bits, values, firstBit } = decoding;
  const bit = firstBit + start * 8;
  let index = Math.floor(bit / bits);
  let left = bits - (bit - index * bits);
  let held = values[index]! & ((1 << left) - 1);
  for (let to = at; to < at + count; to += 1) {
    while (left < 8) {
      index += 1;
      held = (held << bits) | values[index]!;
      left += bits;
    }
    left -= 8;
    out[to] = held >> left;
    held &= (1 << left) - 1;
  }
}
