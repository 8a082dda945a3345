import { CLASS, PRINTABLE, type Stretch } from '../views/characters.ts';
import type { Form } from './forms.ts';

/**
 * Searches for many byte strings in one pass, whole or in parts. One index holds parts of eight bytes (grams) of each,
 * and the search leaps over up to six bytes of the text (Wu and Manber, "A fast algorithm for multi-pattern searching",
 * 1994).
 */

const GRAM = 8;
const BLOCK = 3;
const LEAP = GRAM - BLOCK + 1;
/**
 * The index omits grams of longer values, so that few blocks stop the search. It finds parts from `GRAM + step - 1`
 * bytes on.
 */
const STEPS = [
  { upTo: 16, step: 1 },
  { upTo: 128, step: 3 },
  { upTo: Infinity, step: GRAM },
] as const;

export interface Match {
  readonly form: Form;
  /** Place in the text where the match begins. */
  readonly at: number;
  /** The part of the form that matched. */
  readonly from: number;
  readonly to: number;
}

export interface Search {
  /** Whether some form is not printable. */
  wantsAll(): boolean;
  /**
   * Returns the parts of forms in `text`, each as long as it matches: all from `GRAM + step - 1` bytes on (`STEPS`),
   * none below eight. `texts` are the printable stretches of `text`.
   */
  matches(text: Uint8Array, texts: readonly Stretch[]): Match[];
  /** Returns the end of `text` that may be the beginning, or another part, of a form that continues after it. */
  unfinished(text: Uint8Array): Unfinished;
}

export interface Unfinished {
  /** Number of bytes at the end that must wait. */
  readonly length: number;
  readonly matches: readonly Match[];
}

const FINISHED: Unfinished = { length: 0, matches: [] };

/** A place in a form. */
interface Gram {
  readonly form: Form;
  readonly offset: number;
}

interface Index {
  /** Length of a leap, by the hash of the block that ends at the place in the text. */
  readonly leaps: Uint8Array;
  /** Grams by their last block. */
  readonly grams: ReadonlyMap<number, readonly Gram[]>;
  /** Forms by their first block, and the slots of these blocks. */
  readonly beginnings: ReadonlyMap<number, readonly Form[]>;
  readonly begins: Uint8Array;
  readonly longest: number;
  /** Whether all forms are printable, and so can only be in texts. */
  readonly isText: boolean;
}

/** Returns a search for `forms`. It builds the index at the first search. */
export function createSearch(forms: () => readonly Form[]): Search {
  let index: Index | undefined;
  const built = () => (index ??= indexOf(forms()));
  return {
    wantsAll: () => !built().isText,
    matches: (text, texts) => {
      const { isText } = built();
      const found: Match[] = [];
      for (const { start, end } of isText ? texts : [{ start: 0, end: text.length }])
        addMatches(built(), text, { start, end, found });
      return found;
    },
    unfinished: (text) => unfinishedIn(built(), text),
  };
}

function blockAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function slotOf(first: number, second: number, third: number): number {
  return ((first << 8) ^ (second << 4) ^ third) & 0xffff;
}

function indexOf(forms: readonly Form[]): Index {
  const leaps = new Uint8Array(0x10000).fill(LEAP);
  const grams = new Map<number, Gram[]>();
  const beginnings = new Map<number, Form[]>();
  const begins = new Uint8Array(0x10000);
  for (const form of forms) {
    const { bytes } = form;
    push(beginnings, blockAt(bytes, 0), form);
    begins[slotOf(bytes[0]!, bytes[1]!, bytes[2]!)] = 1;
    const step = STEPS.find(({ upTo }) => bytes.length <= upTo)?.step ?? GRAM;
    for (let offset = 0; offset + GRAM <= bytes.length; offset += step) {
      for (let at = offset; at + BLOCK <= offset + GRAM; at += 1) {
        const slot = slotOf(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
        leaps[slot] = Math.min(leaps[slot]!, offset + GRAM - BLOCK - at);
      }
      push(grams, blockAt(bytes, offset + GRAM - BLOCK), { form, offset });
    }
  }
  return {
    leaps,
    grams,
    beginnings,
    begins,
    longest: Math.max(0, ...forms.map(({ bytes }) => bytes.length)),
    isText: forms.every(({ bytes }) => bytes.every((byte) => (CLASS[byte]! & PRINTABLE) !== 0)),
  };
}

function push<T>(map: Map<number, T[]>, key: number, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

interface Searched extends Stretch {
  readonly found: Match[];
}

/** The latest match of each form. A gram that ends within it is a part of it. */
type Latest = Map<Form, Match>;

function addMatches(index: Index, text: Uint8Array, { start, end: stop, found }: Searched): void {
  const { leaps } = index;
  const latest: Latest = new Map();
  for (let end = start + GRAM; end <= stop;) {
    // Nearly all leaps have full length, so the second and the third are read without waiting for the first.
    const isFar = end + 2 * LEAP <= stop;
    const next = isFar ? leapAt(leaps, text, end + LEAP) + leapAt(leaps, text, end + 2 * LEAP) : 0;
    const leap = leapAt(leaps, text, end);
    if (leap + next === 3 * LEAP) {
      end += 3 * LEAP;
      continue;
    }
    if (leap > 0) {
      end += leap;
      continue;
    }
    // A value may lie within a part of another value, so the search skips nothing behind a match.
    addMatchesEndingAt(index, text, { end, found, latest });
    end += 1;
  }
}

/** Returns how far to leap from `end`. */
function leapAt(leaps: Uint8Array, text: Uint8Array, end: number): number {
  return leaps[slotOf(text[end - 3]!, text[end - 2]!, text[end - 1]!)]!;
}

interface Ending {
  readonly end: number;
  readonly found: Match[];
  readonly latest: Latest;
}

/** Adds the matches with a gram that ends at `end`, except for forms whose latest match extends beyond it. */
function addMatchesEndingAt(index: Index, text: Uint8Array, { end, found, latest }: Ending): void {
  for (const { form, offset } of index.grams.get(blockAt(text, end - BLOCK)) ?? []) {
    const last = latest.get(form);
    if (last !== undefined && end < endOf(last)) continue;
    const start = end - GRAM;
    let from = offset;
    let to = offset;
    while (to < form.bytes.length && form.bytes[to] === text[start + to - offset]) to += 1;
    if (to - offset < GRAM) continue;
    while (
      from > 0 &&
      start - (offset - from) > 0 &&
      form.bytes[from - 1] === text[start - (offset - from) - 1]
    )
      from -= 1;
    const at = start - (offset - from);
    if (last?.at === at) continue;
    const match = { form, at, from, to };
    found.push(match);
    latest.set(form, match);
  }
}

function endOf({ at, from, to }: Match): number {
  return at + to - from;
}

function unfinishedIn(index: Index, text: Uint8Array): Unfinished {
  const { length } = text;
  const start = Math.max(0, length - index.longest);
  for (let at = start; at + BLOCK <= length; at += 1) {
    if (index.begins[slotOf(text[at]!, text[at + 1]!, text[at + 2]!)] === 0) continue;
    const to = length - at;
    const begun = (index.beginnings.get(blockAt(text, at)) ?? []).filter(
      ({ bytes }) => bytes.length > to && agree(bytes, text.subarray(at)),
    );
    if (begun.length > 0) return { length: to, matches: begun.map((form) => ({ form, at, from: 0, to })) };
  }
  if (length < GRAM) return FINISHED;
  const found: Match[] = [];
  addMatches(index, text, { start, end: length, found });
  const open = found.filter(({ form, at, from, to }) => at + to - from === length && to < form.bytes.length);
  return { length: Math.max(0, ...open.map(({ at }) => length - at)), matches: open };
}

/** Whether `whole` begins with `part`. */
function agree(whole: Uint8Array, part: Uint8Array): boolean {
  return part.every((byte, index) => whole[index] === byte);
}
