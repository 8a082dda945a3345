import type { Stretch } from './characters.ts';
import type { Alphabet } from './decode.ts';

/** Where long words stand in streams (`streams.ts`), so that each can be read by itself (`words.ts`). */

/** Shorter words hold nothing that a rule takes for a secret. */
const SHORTEST_WORD = 16;
/** Blanks and line breaks at which a long word is cut. */
const LONGEST_BREAK = 32;

/** Where the long words of each alphabet begin and end in its stream, by turns; lines that are cut off a word belong to it. */
export type Words = Readonly<Record<Alphabet, readonly number[]>>;

interface Added {
  readonly alphabet: Alphabet;
  /** Where in its stream it is. */
  readonly from: number;
  readonly to: number;
}

/** The words of one text. */
export class WordList {
  readonly #bytes: Uint8Array;
  readonly #places = { base64: [] as number[], hex: [] as number[], base32: [] as number[] };
  /** Where in the text the last word of each alphabet ends. */
  readonly #ends = { base64: 0, hex: 0, base32: 0 };

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get places(): Words {
    return this.#places;
  }

  /** Notes a run of the text if it is long; it goes on with the one before it where only a line break stands between them. */
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
