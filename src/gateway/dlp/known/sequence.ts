import { unescape } from '../views/unescape.ts';

/**
 * Values that went to one place one after the other, in little memory: of each but the newest only what it does not share with
 * the one after it, so that what all of them are wrapped in costs nothing.
 */

/** Longer values are not taken: a byte says how long one is. */
export const LONGEST_VALUE = 255;
/** So much at most; of more, the oldest values are forgotten, an eighth at a time. */
export const MOST_BYTES = 8 * 1024;
const FEWEST_BYTES = 64;
/**
 * A record is what of a value is not in the one after it, and four bytes behind that: its length; how many characters both
 * begin with, and end with; and how many of the latter are taken from there, since the two may overlap.
 */
const NUMBERS = 4;
/** Longer pieces are found by themselves (`TELLING_PART` in scan.ts), unless they are long by their escapes. */
export const LONGEST_PIECE = 48;

/** How many characters values have in common: those that they begin with, and those that they end with. */
export interface Wrap {
  readonly before: number;
  readonly after: number;
}

/** A value on the way back through them, which is in `CURRENT`. */
interface Walk {
  /** Where the records before it end. */
  at: number;
  length: number;
}

/** Room for one value, and for several put together from the end on: for all sequences, as nothing here waits. */
const CURRENT = Buffer.alloc(LONGEST_VALUE);
const JOINED = Buffer.alloc(MOST_BYTES + LONGEST_VALUE);

/** The values. A character is a byte, as Node gives heads. */
export class Sequence {
  /** Records, the oldest first, and the newest value. Of the first record the beginning may be gone: it is none then. */
  #bytes = new Uint8Array(FEWEST_BYTES);
  /** Where the newest value begins, and its length: -1 where there is none. */
  #start = 0;
  #length = -1;

  /** How much memory it takes. */
  get bytes(): number {
    return this.#bytes.length;
  }

  /** Adds a value of at most `LONGEST_VALUE` characters. */
  push(value: string): void {
    if (this.#length >= 0) this.#makeRecord(value);
    this.#reserve(this.#start + value.length);
    for (let at = 0; at < value.length; at += 1) this.#bytes[this.#start + at] = value.charCodeAt(at);
    this.#length = value.length;
  }

  /** Takes the newest value away. */
  pop(): void {
    const walk = this.#walk();
    const isMore = this.#back(walk);
    this.#start = isMore ? walk.at : 0;
    this.#length = isMore ? walk.length : -1;
    // No longer than its record and the value after it.
    for (let at = 0; at < this.#length; at += 1) this.#bytes[this.#start + at] = CURRENT[at]!;
  }

  /** What so many of the newest values have in common; undefined of fewer than two. */
  wrap(values: number): Wrap | undefined {
    const bytes = this.#bytes;
    let [before, after, shortest] = [Infinity, Infinity, this.#length];
    let at = this.#start;
    for (let count = 1; count < values && this.#isRecord(at); count += 1) {
      at -= NUMBERS;
      before = Math.min(before, bytes[at + 1]!);
      after = Math.min(after, bytes[at + 2]!);
      shortest = Math.min(shortest, bytes[at]! + bytes[at + 1]! + bytes[at + 3]!);
      at -= bytes[at]!;
    }
    return before === Infinity ? undefined : { before, after: Math.min(after, shortest - before) };
  }

  /** What is in `wrap` in the newest values that are wrapped so, put together: the last `length` characters, or one piece's more. */
  joined(wrap: Wrap, length: number): string {
    const walk = this.#walk();
    let from = JOINED.length;
    for (let count = 0; count < length && JOINED.length - from < length; count += 1) {
      const end = walk.length - wrap.after;
      if (!isPiece(CURRENT, wrap.before, end)) break;
      for (let at = end - 1; at >= wrap.before; at -= 1) JOINED[(from -= 1)] = CURRENT[at]!;
      if (!this.#shares(walk.at, wrap) || !this.#back(walk)) break;
    }
    return JOINED.toString('latin1', from);
  }

  /**
   * Makes a record of the newest value, as `value` comes after it: what only the newest has. Where that is too long for a piece, the
   * newest only came between others and is forgotten, and the one before it is made a record again.
   */
  #makeRecord(value: string): void {
    let { before, after } = this.#sharedWith(value);
    const isOther = !isPiece(this.#bytes, this.#start + before, this.#start + this.#length - after);
    if (isOther) {
      this.pop();
      if (this.#length < 0) return;
      ({ before, after } = this.#sharedWith(value));
    }
    const taken = Math.min(after, Math.min(this.#length, value.length) - before);
    const own = this.#length - before - taken;
    this.#reserve(this.#start + this.#length + NUMBERS);
    const start = this.#start;
    this.#bytes.copyWithin(start, start + before, start + before + own);
    this.#start += own;
    for (const number of [own, before, after, taken]) this.#bytes[this.#start++] = number;
  }

  /** What the newest value has in common with `value`; the two may overlap. */
  #sharedWith(value: string): Wrap {
    const bytes = this.#bytes;
    const shortest = Math.min(this.#length, value.length);
    let at = this.#start;
    let before = 0;
    while (before < shortest && bytes[at] === (value.charCodeAt(before) & 0xff)) {
      before += 1;
      at += 1;
    }
    at = this.#start + this.#length - 1;
    let after = 0;
    while (after < shortest && bytes[at] === (value.charCodeAt(value.length - 1 - after) & 0xff)) {
      after += 1;
      at -= 1;
    }
    return { before, after };
  }

  /** Makes room; the oldest records give way where there may be no more. */
  #reserve(size: number): void {
    if (size > MOST_BYTES) {
      this.#bytes.copyWithin(0, MOST_BYTES / 8);
      this.#start -= MOST_BYTES / 8;
    } else if (size > this.#bytes.length) {
      let { length } = this.#bytes;
      while (length < size) length *= 2;
      const bytes = new Uint8Array(length);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
  }

  /** Begins at the newest value. */
  #walk(): Walk {
    const length = Math.max(0, this.#length);
    for (let at = 0; at < length; at += 1) CURRENT[at] = this.#bytes[this.#start + at]!;
    return { at: this.#start, length };
  }

  /** Whether a whole record ends at this place. */
  #isRecord(at: number): boolean {
    return at >= NUMBERS && at - NUMBERS >= this.#bytes[at - NUMBERS]!;
  }

  /** Whether the value before this place has at least that in common with the one after it. */
  #shares(at: number, { before, after }: Wrap): boolean {
    return this.#isRecord(at) && this.#bytes[at - 3]! >= before && this.#bytes[at - 2]! >= after;
  }

  /** Goes to the value before; false where there is none. */
  #back(walk: Walk): boolean {
    if (!this.#isRecord(walk.at)) return false;
    const bytes = this.#bytes;
    const numbers = walk.at - NUMBERS;
    const [own, before, taken] = [bytes[numbers]!, bytes[numbers + 1]!, bytes[numbers + 3]!];
    const moved = walk.length - taken;
    if (taken > 0 && moved !== before + own) CURRENT.copyWithin(before + own, moved, walk.length);
    walk.at = numbers - own;
    for (let index = 0; index < own; index += 1) CURRENT[before + index] = bytes[walk.at + index]!;
    walk.length = before + own + taken;
    return true;
  }
}

/** Whether this is as short as a piece of a value that is not found by itself. */
function isPiece(bytes: Uint8Array, from: number, to: number): boolean {
  let plain: Uint8Array | undefined = to - from > LONGEST_PIECE ? bytes.subarray(from, to) : undefined;
  if (plain === undefined) return true;
  while (plain !== undefined && plain.length > LONGEST_PIECE)
    plain = unescape(plain, [{ start: 0, end: plain.length }]).bytes;
  return plain !== undefined;
}
