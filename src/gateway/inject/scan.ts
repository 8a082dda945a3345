import type { Form, Found } from './forms.ts';
import { INTRODUCERS, LONGEST_SPELLING, spellingTree, type SpellingTree } from './spellings.ts';
import { createLiteralSearch } from './literals.ts';

/** Finds forms in bytes, every character of them as itself or in any of its spellings. */

export interface Scanner {
  /** All of them, also those that overlap; in no order. */
  find(bytes: Uint8Array): readonly Found[];
  /** Where the longest end begins that may go on to be a form; the length of the bytes where there is none. */
  openEnd(bytes: Uint8Array): number;
}

/** The bytes do not go on as the form does. */
const NO = -1;
/** They do, and end before it. */
const OPEN = -2;
/** No place in a table by byte. */
const NO_BYTE = 256;

const isIntroducer = new Uint8Array(256);
for (const byte of INTRODUCERS) isIntroducer[byte] = 1;

/**
 * A scanner for these forms. A form without escapes is found by a search that skips most bytes; one with escapes, at its
 * first escape. So bytes are looked at one by one only for `%`, `\` and `&`.
 */
export function createScanner(forms: readonly Form[]): Scanner {
  const findLiterals = createLiteralSearch(forms);
  const tree = spellingTree(forms.flatMap(({ bytes }) => [...bytes]));
  const places = placesOf(forms);
  const starts = startsOf(forms);
  const longest = Math.max(0, ...forms.map(({ bytes }) => bytes.length)) * LONGEST_SPELLING;

  const findAtEscape = (bytes: Uint8Array, from: number, found: Found[]): void => {
    let node = 0;
    for (let at = from; at < bytes.length; at += 1) {
      node = tree.step(node, bytes[at] ?? 0);
      if (node === 0) return;
      for (const place of places[tree.spelled[node] ?? NO_BYTE] ?? []) {
        if (!beginsBefore(bytes, from, place)) continue;
        const { form, index } = place;
        const to = matchFrom({ tree, bytes, form: form.bytes }, index + 1, at + 1);
        if (to >= 0) found.push({ from: from - index, to, value: form.value });
      }
    }
  };
  const isOpen = (bytes: Uint8Array, from: number, possible: readonly Form[] | undefined): boolean =>
    possible?.some((form) => matchFrom({ tree, bytes, form: form.bytes }, 0, from) === OPEN) ?? false;
  const isOpenEscape = (bytes: Uint8Array, from: number): boolean => {
    let node = 0;
    for (let at = from; at < bytes.length; at += 1) {
      node = tree.step(node, bytes[at] ?? 0);
      if (node === 0) return false;
      if (isOpen(bytes, from, starts[tree.spelled[node] ?? NO_BYTE])) return true;
    }
    return [...(tree.ahead[node] ?? [])].some((code) => starts[code] !== undefined);
  };
  return {
    find: (bytes) => {
      const found = findLiterals(bytes);
      for (let at = 0; at < bytes.length; at += 1) {
        if (isIntroducer[bytes[at] ?? 0] === 1) findAtEscape(bytes, at, found);
      }
      return found;
    },
    openEnd: (bytes) => {
      for (let at = Math.max(0, bytes.length - longest); at < bytes.length; at += 1) {
        const first = bytes[at] ?? 0;
        if (isOpen(bytes, at, starts[first])) return at;
        if (isIntroducer[first] === 1 && isOpenEscape(bytes, at)) return at;
      }
      return bytes.length;
    },
  };
}

interface Place {
  readonly form: Form;
  readonly index: number;
}

/** By byte: where it stands in the forms. */
function placesOf(forms: readonly Form[]): readonly (readonly Place[] | undefined)[] {
  const places: Place[][] = [];
  for (const form of forms) {
    form.bytes.forEach((byte, index) => (places[byte] ??= []).push({ form, index }));
  }
  return places;
}

/** By byte: the forms that begin with it. */
function startsOf(forms: readonly Form[]): readonly (readonly Form[] | undefined)[] {
  const starts: Form[][] = [];
  for (const form of forms) (starts[form.bytes[0] ?? 0] ??= []).push(form);
  return starts;
}

/** Whether the form's bytes before this place of it stand before `at`. */
function beginsBefore(bytes: Uint8Array, at: number, { form, index }: Place): boolean {
  if (index > at) return false;
  for (let back = 1; back <= index; back += 1) {
    if (bytes[at - back] !== form.bytes[index - back]) return false;
  }
  return true;
}

interface Matching {
  readonly tree: SpellingTree;
  readonly bytes: Uint8Array;
  readonly form: Uint8Array;
}

/** Where the form from `index` on ends, when it begins at `at`; or OPEN, or NO. */
function matchFrom(matching: Matching, index: number, at: number): number {
  const { bytes, form } = matching;
  let position = at;
  for (let next = index; next < form.length; next += 1) {
    if (position >= bytes.length) return OPEN;
    const byte = bytes[position] ?? 0;
    if (isIntroducer[byte] === 1) return matchEscape(matching, next, position);
    if (byte !== form[next]) return NO;
    position += 1;
  }
  return position;
}

/** Every way to read what begins here: the character itself, or one of its spellings. The first that leads to an end. */
function matchEscape(matching: Matching, index: number, at: number): number {
  const { tree, bytes, form } = matching;
  const code = form[index] ?? 0;
  let best = bytes[at] === code ? matchFrom(matching, index + 1, at + 1) : NO;
  let node = 0;
  for (let position = at; best < 0; position += 1) {
    if (position >= bytes.length) return OPEN;
    node = tree.step(node, bytes[position] ?? 0);
    if (node === 0) return best;
    if (tree.spelled[node] === code) best = better(best, matchFrom(matching, index + 1, position + 1));
    else if (tree.ahead[node]?.has(code) !== true) return best;
  }
  return best;
}

const better = (a: number, b: number): number => (b >= 0 || a === NO ? b : a);
