/**
 * Checks whether bytes can begin compressed data. A try costs as much as some thousand bytes, and the first bits show
 * nearly all other data apart.
 */

/** Least output of a stream, in bytes: noise may give less by chance. */
export const LEAST_OUTPUT = 8;

/** Reads bits, from the lowest of each byte on. Zeros follow the last byte. */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, firstByte: number) {
    this.#bytes = bytes;
    this.#at = firstByte * 8;
  }

  get isOver(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  take(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) value |= this.#bit() << index;
    return value;
  }

  /** Reads `count` more bits of a Huffman code, the highest bit first. */
  more(code: number, count: number): number {
    let longer = code;
    for (let index = 0; index < count; index += 1) longer = (longer << 1) | this.#bit();
    return longer;
  }

  #bit(): number {
    const bit = ((this.#bytes[this.#at >> 3] ?? 0) >> (this.#at & 7)) & 1;
    this.#at += 1;
    return bit;
  }
}

/** Whether a deflate block (RFC 1951, 3.2.3) can begin at `at`, checked up to `LEAST_OUTPUT` bytes of its output. */
export function isDeflateBlock(bytes: Uint8Array, at: number): boolean {
  const type = ((bytes[at] ?? 0) >> 1) & 3;
  if (type === 1) return isFixedBlock(new Bits(bytes, at));
  if (type === 2) return isDynamicBlock(bytes, at);
  const [low, high, notLow, notHigh] = [1, 2, 3, 4].map((index) => bytes[at + index] ?? 0);
  return type === 0 && (low! ^ notLow!) === 0xff && (high! ^ notHigh!) === 0xff;
}

/** RFC 1951, 3.2.7: the code for code lengths is complete. */
function isDynamicBlock(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1] ?? 0;
  if ((bytes[at] ?? 0) >> 3 >= 30 || (second & 31) >= 30) return false;
  const lengths = ((second >> 5) | (((bytes[at + 2] ?? 0) & 1) << 3)) + 4;
  let left = 128;
  for (let bit = at * 8 + 17; bit < at * 8 + 17 + 3 * lengths; bit += 3) {
    const two = (bytes[bit >> 3] ?? 0) | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
    const length = (two >> (bit & 7)) & 7;
    if (length > 0) left -= 128 >> length;
  }
  return left === 0;
}

/** RFC 1951, 3.2.6 and 3.2.5: no copy reaches back before the beginning. */
function isFixedBlock(bits: Bits): boolean {
  const isLast = bits.take(1) === 1;
  bits.take(2);
  for (let output = 0; output < LEAST_OUTPUT;) {
    const symbol = fixedSymbol(bits);
    if (bits.isOver || symbol > 285) return false;
    if (symbol === 256) return !isLast;
    output += 1;
    if (symbol < 256) continue;
    const code = symbol - 257;
    const extra = code < 8 || code === 28 ? 0 : (code >> 2) - 1;
    const length = code < 8 ? code + 3 : ((4 + (code & 3)) << extra) + 3;
    output += length + bits.take(extra) - 1;
    const from = bits.more(0, 5);
    const more = from < 4 ? 0 : (from >> 1) - 1;
    const distance = (from < 4 ? from : (2 + (from & 1)) << more) + 1 + bits.take(more);
    if (from >= 30 || distance > output - length) return false;
  }
  return true;
}

function fixedSymbol(bits: Bits): number {
  const seven = bits.more(0, 7);
  if (seven < 24) return 256 + seven;
  const eight = bits.more(seven, 1);
  if (eight < 192) return eight - 48;
  return eight < 200 ? 280 + eight - 192 : 144 + bits.more(eight, 1) - 400;
}

/** Most output per byte of input: of short data, and of large data, whose lengths have more digits. */
const MAX_RATIO = { short: 40, long: 4096 } as const;

/**
 * Whether the bytes begin with a window and a first block (RFC 7932, 9.1 and 9.2) that is no larger than `length` bytes
 * of compressed data allow.
 */
export function isBrotliBlock(bytes: Uint8Array, length = bytes.length): boolean {
  const bits = new Bits(bytes, 0);
  if (bits.take(1) === 1 && bits.take(3) === 0) bits.take(3);
  if (bits.take(1) === 1 && bits.take(1) === 1) return false; // the last block, and empty
  const digits = bits.take(2) + 4;
  if (digits === 7) return false;
  const size = bits.take(4 * digits);
  // Encoders use as few digits as possible.
  if (digits > 4 && size >> (4 * digits - 4) === 0) return false;
  return size < length * (digits === 4 ? MAX_RATIO.short : MAX_RATIO.long);
}
