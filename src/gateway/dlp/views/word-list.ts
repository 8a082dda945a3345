import type { Stretch } from './characters.ts';
import type { Alphabet } from './decode.ts';

/** Records the places of long words in streams (`streams.ts`), so that each can be decoded separately (`words.ts`). */

/** Shorter words hold nothing that a rule would match. */
const SHORTEST_WORD = 16;
/** Most blanks and line breaks between two lines of one word. */
const LONGEST_BREAK = 32;

/** Start and end, in turn, of each alphabet's long words in its stream. A word includes the lines that continue it. */
export type Words = Readonly<Record<Alphabet, readonly number[]>>;

interface Added {
  readonly alphabet: Alphabet;
  /** Its place in the stream. */
  readonly from: number;
  readonly to: number;
}

/** The words of one text. */
export class WordList {
  readonly #bytes: Uint8Array;
  readonly #places = { base64: [] as number[], hex: [] as number[], base32: [] as number[] };
  /** End, in the text, of the last word of each alphabet. */
  readonly #ends = { base64: 0, hex: 0, base32: 0 };

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get places(): Words {
    return this.#places;
  }

  /**
   * Adds a run of the text if it is long. If only a line break separates it from the previous word, it extends that
   * word.
   */
  add({ alphabet, from, to }: Added, run: Stretch): void {
    if (to - from < SHORTEST_WORD) return;
    const all = this.#places[alphabet];
    if (all.at(-1) === from && this.#isLineBreak({ start: this.#ends[alphabet], end: run.start }))
      all[all.length - 1] = to;
    else all.push(from, to);
    this.#ends[alphabet] = run.end;
  }

  #isLineBreak({ start, end }: Stretch): boolean {
    if (end - start > LONGEST_BREAK) return false;
    let isBroken = false;
    for (let at = start; at < end; at += 1) {
      const byte = this.#bytes[at]!;
      if (byte === 0x0a || byte === 0x0d) isBroken = true;
      else if (byte !== 0x20 && byte !== 0x09) return false;
    }
    return isBroken;
  }
}
