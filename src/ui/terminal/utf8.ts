/** U+FFFD in UTF-8. */
export const REPLACEMENT: readonly number[] = [0xef, 0xbf, 0xbd];

/** Well-formed byte sequences: first byte from and to, length, and range of the second byte (Unicode 16, table 3-7). */
const LEADS = [
  [0xc2, 0xdf, 2, 0x80, 0xbf],
  [0xe0, 0xe0, 3, 0xa0, 0xbf],
  [0xe1, 0xec, 3, 0x80, 0xbf],
  [0xed, 0xed, 3, 0x80, 0x9f],
  [0xee, 0xef, 3, 0x80, 0xbf],
  [0xf0, 0xf0, 4, 0x90, 0xbf],
  [0xf1, 0xf3, 4, 0x80, 0xbf],
  [0xf4, 0xf4, 4, 0x80, 0x8f],
] as const;

/** Decodes UTF-8 byte by byte, strictly: no overlong form, no surrogate, nothing above U+10FFFF. */
export class Utf8 {
  #bytes: number[] = [];
  #length = 0;
  #low = 0;
  #high = 0;

  /**
   * Returns the bytes of the character that `byte` completes. `invalid`: a character was cut off or impossible. `byte`
   * is part of it, unless `byte` is ASCII. A byte that can start a new character starts it.
   */
  take(byte: number): readonly number[] | 'incomplete' | 'invalid' {
    if (this.#length > 0 && byte >= this.#low && byte <= this.#high) return this.#continue(byte);
    const wasCut = this.isCut;
    this.reset();
    if (byte < 0x80) return wasCut ? 'invalid' : [byte];
    const lead = LEADS.find(([from, to]) => byte >= from && byte <= to);
    if (lead === undefined) return 'invalid';
    [, , this.#length, this.#low, this.#high] = lead;
    this.#bytes = [byte];
    return wasCut ? 'invalid' : 'incomplete';
  }

  #continue(byte: number): readonly number[] | 'incomplete' {
    const bytes = [...this.#bytes, byte];
    if (bytes.length === this.#length) {
      this.reset();
      return bytes;
    }
    this.#bytes = bytes;
    [this.#low, this.#high] = [0x80, 0xbf];
    return 'incomplete';
  }

  /** A character has begun and is not complete. */
  get isCut(): boolean {
    return this.#length > 0;
  }

  /** Forgets an unfinished character. */
  reset(): void {
    this.#bytes = [];
    this.#length = 0;
  }
}
