import type { CompiledRule } from './compile.ts';

/** Finds the keywords of rules in a text in one pass and in any case, by the first four characters of each. */

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x40 && byte < 0x5b ? byte | 0x20 : byte,
);
/** The low five bits of a letter are the same in both cases. */
const FIVE_BITS = 31;
const BEGINNING = 4;
const SLOTS = 1 << (5 * BEGINNING);

interface Keyword {
  readonly bytes: Uint8Array;
  /** Places of its rules in the list. */
  readonly rules: readonly number[];
}

/** Places of keywords in the text, in order, by the place of their rule in the list. */
export type Hits = Map<number, number[]>;

export interface KeywordIndex {
  /** For each slot of a beginning: a place in `groups`, or 0 if no keyword has the slot. */
  readonly slots: Uint16Array;
  /** Keywords that share a slot; the first group is empty. */
  readonly groups: readonly (readonly Keyword[])[];
}

/** Returns the index of the keywords of `rules`. */
export function indexKeywords(rules: readonly CompiledRule[]): KeywordIndex {
  const byWord = new Map<string, number[]>();
  for (const [place, { keywords }] of rules.entries()) {
    for (const word of keywords) byWord.set(word, [...(byWord.get(word) ?? []), place]);
  }
  const bySlot = new Map<number, Keyword[]>();
  for (const [word, owners] of byWord) {
    const bytes = Buffer.from(word);
    const keyword = { bytes, rules: owners };
    for (const slot of slotsOf(bytes)) bySlot.set(slot, [...(bySlot.get(slot) ?? []), keyword]);
  }
  const slots = new Uint16Array(SLOTS);
  const groups: (readonly Keyword[])[] = [[]];
  const places = new Map<string, number>();
  for (const [slot, keywords] of bySlot) {
    const key = keywords.map(({ bytes }) => bytes.toString()).join(' ');
    const place = places.get(key) ?? groups.push(keywords) - 1;
    places.set(key, place);
    slots[slot] = place;
  }
  return { slots, groups };
}

/** Returns all slots that a text can have where `word` begins: anything may follow a short word. */
function slotsOf(word: Uint8Array): readonly number[] {
  const known = word.subarray(0, BEGINNING);
  const unknownBits = 5 * (BEGINNING - known.length);
  const first = known.reduce((slot, byte) => (slot << 5) | (byte & FIVE_BITS), 0) << unknownBits;
  return Array.from({ length: 1 << unknownBits }, (_, rest) => first | rest);
}

/** Adds all keywords that begin in `text` between `start` and `end` to `hits`. */
export function addHits(index: KeywordIndex, text: Uint8Array, { start, end, hits }: Stretch): void {
  const { slots, groups } = index;
  const mask = SLOTS - 1;
  let slot = 0;
  for (let at = start; at < start + BEGINNING - 1; at += 1)
    slot = (slot << 5) | ((text[at] ?? 0) & FIVE_BITS);
  // The loop ends at the last place where a keyword can begin. The comparison may read bytes behind `end`.
  const stop = Math.min(end + BEGINNING - 1, text.length) | 0;
  let at = (start + BEGINNING - 1) | 0;
  while (at < stop) {
    let group = 0;
    // This loop calls nothing, so V8 keeps its variables in registers.
    for (; at < stop && group === 0; at += 1) {
      slot = ((slot << 5) | (text[at]! & FIVE_BITS)) & mask;
      group = slots[slot]!;
    }
    if (group !== 0) addHitsAt({ keywords: groups[group]!, text, hits }, at - BEGINNING);
  }
  for (; at < end + BEGINNING - 1; at += 1) {
    slot = (slot << 5) & mask;
    addHitsAt({ keywords: groups[slots[slot]!]!, text, hits }, at - BEGINNING + 1);
  }
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly hits: Hits;
}

interface Compared {
  readonly keywords: readonly Keyword[];
  readonly text: Uint8Array;
  readonly hits: Hits;
}

function addHitsAt({ keywords, text, hits }: Compared, at: number): void {
  for (let index = 0; index < keywords.length; index += 1) {
    const { bytes, rules } = keywords[index]!;
    const { length } = bytes;
    if (at + length > text.length) continue;
    let same = 0;
    while (same < length && LOWER[text[at + same]!] === bytes[same]) same += 1;
    if (same === length) addHit(rules, at, hits);
  }
}

function addHit(rules: readonly number[], at: number, hits: Hits): void {
  for (let index = 0; index < rules.length; index += 1) {
    const places = hits.get(rules[index]!);
    if (places === undefined) hits.set(rules[index]!, [at]);
    else places.push(at);
  }
}
