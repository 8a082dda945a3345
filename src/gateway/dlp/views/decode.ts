/** Decodes streams of one alphabet, given as values of characters, at each possible alignment. */

export type Alphabet = 'base64' | 'hex' | 'base32';

export const ALPHABETS: readonly Alphabet[] = ['base64', 'hex', 'base32'];

export interface Code {
  /** Bits per character. */
  readonly bits: number;
  /** Where bytes can begin, in bits from the beginning of the stream. */
  readonly firstBits: readonly number[];
}

export const CODES: Readonly<Record<Alphabet, Code>> = {
  base64: { bits: 6, firstBits: [0, 6, 12, 18] },
  hex: { bits: 4, firstBits: [0, 4] },
  base32: { bits: 5, firstBits: [0, 1, 2, 3, 4, 5, 6, 7] },
};

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();

/** The value of each character: base32 in either case, base64 in both alphabets. */
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

/** Shortest stream, in characters, that can hold a known value or a pattern. */
export const SHORTEST: Readonly<Record<Alphabet, number>> = { base64: 10, hex: 16, base32: 12 };

/** One way to read a stream, before it is decoded. */
export interface Decoding {
  readonly bits: number;
  /** Values of the characters. */
  readonly values: Uint8Array;
  /** Bit at which the first byte begins. */
  readonly firstBit: number;
  /** In bytes; the remaining bits at the end are dropped. */
  readonly length: number;
}

/** Returns the decoding of `values` from the bit `firstBit` on. */
export function decodingOf({ bits }: Code, values: Uint8Array, firstBit: number): Decoding {
  const length = Math.max(0, Math.floor((values.length * bits - firstBit) / 8));
  return { bits, values, firstBit, length };
}

/** Returns the decodings of `values` at all alignments. */
export function decodingsOf(alphabet: Alphabet, values: Uint8Array): Decoding[] {
  const code = CODES[alphabet];
  return code.firstBits.map((firstBit) => decodingOf(code, values, firstBit));
}

/** Returns the bytes from `start` to `end`, as far as the decoding goes. */
export function decoded(decoding: Decoding, start: number, end: number): Uint8Array {
  const stop = Math.min(end, decoding.length);
  const out = new Uint8Array(Math.max(0, stop - start));
  decodeInto(out, decoding, { start, at: 0, count: out.length });
  return out;
}

interface Part {
  /** First byte in the decoding. */
  readonly start: number;
  readonly count: number;
  /** First byte in the output. */
  readonly at: number;
}

/** Writes `count` bytes of the decoding to `out`. The decoding must have that many. */
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
