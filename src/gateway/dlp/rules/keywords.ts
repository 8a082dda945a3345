import type { CompiledRule } from './compile.ts';

/** Where keywords of rules stand in a text, in one pass and in any case: by the first three characters of each. */

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x40 && byte < 0x5b ? byte | 0x20 : byte,
);
const SLOTS = 0x8000;

interface Keyword {
  readonly bytes: Uint8Array;
  /** By their places in the list. */
  readonly rules: readonly number[];
}

/** Places of keywords, in order, by the place of their rule in the list. */
export type Hits = Map<number, number[]>;

export interface KeywordIndex {
  /** Keywords by the slot of their beginning; a slot without any is not worth a second look. */
  readonly slots: readonly (readonly Keyword[] | undefined)[];
  readonly taken: Uint8Array;
}

/** The index over the keywords of `rules`. */
export function indexKeywords(rules: readonly CompiledRule[]): KeywordIndex {
  const byWord = new Map<string, number[]>();
  for (const [place, { keywords }] of rules.entries()) {
    for (const word of keywords) byWord.set(word, [...(byWord.get(word) ?? []), place]);
  }
  const slots: (Keyword[] | undefined)[] = Array.from({ length: SLOTS });
  const taken = new Uint8Array(SLOTS);
  for (const [word, owners] of byWord) {
    const bytes = Buffer.from(word);
    const keyword = { bytes, rules: owners };
    const thirds = bytes.length > 2 ? [bytes[2]!] : Array.from({ length: FIVE_BITS + 1 }).keys();
    for (const third of thirds) {
      const slot = slotOf(bytes[0] ?? 0, bytes[1] ?? 0, third);
      taken[slot] = 1;
      (slots[slot] ??= []).push(keyword);
    }
  }
  return { slots, taken };
}

/** Five bits of a character are the same in either case. */
const FIVE_BITS = 31;

function slotOf(first: number, second: number, third: number): number {
  return ((first & FIVE_BITS) << 10) | ((second & FIVE_BITS) << 5) | (third & FIVE_BITS);
}

/** All keywords in `text` between `start` and `end`, added to `hits`. */
export function addHits(index: KeywordIndex, text: Uint8Array, { start, end, hits }: Stretch): void {
  const { taken } = index;
  let slot = slotOf(0, 0, text[start] ?? 0);
  for (let at = start + 1; at < end; at += 1) {
    slot = ((slot << 5) | (text[at]! & FIVE_BITS)) & (SLOTS - 1);
    if (taken[slot] !== 0 && at > start + 1) addHitsAt(index, text, { slot, at: at - 2, hits });
  }
  // The last two characters may be a keyword, whatever comes next.
  slot = ((slot << 5) | ((text[end] ?? 0) & FIVE_BITS)) & (SLOTS - 1);
  if (end - start > 1) addHitsAt(index, text, { slot, at: end - 2, hits });
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly hits: Hits;
}

interface Place {
  readonly slot: number;
  readonly at: number;
  readonly hits: Hits;
}

function addHitsAt({ slots }: KeywordIndex, text: Uint8Array, { slot, at, hits }: Place): void {
  const keywords = slots[slot] ?? [];
  for (let index = 0; index < keywords.length; index += 1) {
    const { bytes, rules } = keywords[index]!;
    if (!standsAt(bytes, text, at)) continue;
    for (const rule of rules) {
      const places = hits.get(rule);
      if (places === undefined) hits.set(rule, [at]);
      else places.push(at);
    }
  }
}

function standsAt(word: Uint8Array, text: Uint8Array, at: number): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (LOWER[text[at + index] ?? 0] !== word[index]) return false;
  }
  return true;
}
