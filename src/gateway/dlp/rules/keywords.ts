import type { CompiledRule } from './compile.ts';

/** Where keywords of rules stand in a text, in one pass and in any case: by the first three characters of each. */

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x40 && byte < 0x5b ? byte | 0x20 : byte,
);
const SLOTS = 0x8000;

interface Keyword {
  readonly bytes: Uint8Array;
  readonly rules: readonly CompiledRule[];
}

/** Places of keywords by rule, in order. */
export type Hits = Map<CompiledRule, number[]>;

export interface KeywordIndex {
  /** Keywords by the slot of their beginning; a slot without any is not worth a second look. */
  readonly slots: readonly (readonly Keyword[] | undefined)[];
  readonly taken: Uint8Array;
  /** Rules without keywords. */
  readonly always: readonly CompiledRule[];
}

/** The index over the keywords of `rules`. */
export function indexKeywords(rules: readonly CompiledRule[]): KeywordIndex {
  const byWord = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    for (const word of rule.keywords) byWord.set(word, [...(byWord.get(word) ?? []), rule]);
  }
  const slots: (Keyword[] | undefined)[] = Array.from({ length: SLOTS });
  const taken = new Uint8Array(SLOTS);
  for (const [word, owners] of byWord) {
    const bytes = Buffer.from(word);
    const keyword = { bytes, rules: owners };
    const thirds = bytes.length > 2 ? [bytes[2]!] : LOWER.keys();
    for (const third of thirds) {
      const slot = slotOf(bytes[0] ?? 0, bytes[1] ?? 0, third);
      taken[slot] = 1;
      (slots[slot] ??= []).push(keyword);
    }
  }
  return { slots, taken, always: rules.filter(({ keywords }) => keywords.length === 0) };
}

function slotOf(first: number, second: number, third: number): number {
  return ((first << 10) ^ (second << 5) ^ third) & (SLOTS - 1);
}

/** All keywords in `text` between `start` and `end`, added to `hits`. */
export function addHits(index: KeywordIndex, text: Uint8Array, { start, end, hits }: Stretch): void {
  const { taken, slots } = index;
  let first = LOWER[text[start] ?? 0]!;
  let second = LOWER[text[start + 1] ?? 0]!;
  for (let at = start; at + 1 < end; at += 1) {
    const third = LOWER[text[at + 2] ?? 0]!;
    const slot = ((first << 10) ^ (second << 5) ^ third) & (SLOTS - 1);
    if (taken[slot] === 1) {
      for (const keyword of slots[slot] ?? []) {
        if (standsAt(keyword.bytes, text, at)) note(hits, keyword, at);
      }
    }
    first = second;
    second = third;
  }
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly hits: Hits;
}

function standsAt(word: Uint8Array, text: Uint8Array, at: number): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (LOWER[text[at + index] ?? 0] !== word[index]) return false;
  }
  return true;
}

function note(hits: Hits, { rules }: Keyword, at: number): void {
  for (const rule of rules) {
    const places = hits.get(rule);
    if (places === undefined) hits.set(rule, [at]);
    else places.push(at);
  }
}
