import type { Form, Found } from './forms.ts';
import { LINE_END_STARTS, LONGEST_LINE_END, lineEndAt, NO_LINE_END, OPEN_LINE_END } from './line-end.ts';
import { INTRODUCERS, LONGEST_SPELLINGS, spellingTree, type SpellingTree } from './spellings.ts';
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

const ESCAPE = 1;
const LINE_END = 2;
/** So many characters stand before an end of a line within a form: with one, every so manieth line of a text would be held back. */
const SHORTEST_LINE = 2;
/** By byte: what may begin with it, besides itself. */
const special = new Uint8Array(256);
for (const byte of INTRODUCERS) special[byte] = ESCAPE;
for (const byte of LINE_END_STARTS) special[byte] = (special[byte] ?? 0) | LINE_END;

/**
 * A scanner for these forms. A form as it stands is found by a search that skips most bytes; any other, at its first escape
 * or end of a line. So bytes are looked at one by one only for what these begin with.
 */
export function createScanner(forms: readonly Form[]): Scanner {
  const findLiterals = createLiteralSearch(forms);
  const prepared: Prepared = {
    tree: spellingTree(forms.flatMap(({ bytes }) => [...bytes])),
    places: placesOf(forms.filter(({ isSpelled }) => isSpelled)),
    cutPlaces: placesOf(forms.filter(({ isCut }) => isCut)),
    starts: startsOf(forms),
    spelledStarts: startsOf(forms.filter(({ isSpelled }) => isSpelled)),
  };
  const longest = Math.max(0, ...forms.map(longestOf));
  const longestPlain = Math.max(0, ...forms.filter(({ isSpelled }) => !isSpelled).map(longestOf));
  return {
    find: (bytes) => {
      const found = findLiterals(bytes);
      const seen: Seen = { bytes, found };
      for (let at = 0; at < bytes.length; at += 1) {
        const kind = special[bytes[at] ?? 0] ?? 0;
        if (kind === 0) continue;
        if ((kind & ESCAPE) !== 0) findAtEscape(prepared, seen, at);
        if ((kind & LINE_END) !== 0) findAtLineEnd(prepared, seen, at);
      }
      return found;
    },
    openEnd: (bytes) => {
      for (let at = Math.max(0, bytes.length - longest); at < bytes.length; at += 1) {
        const first = bytes[at] ?? 0;
        const starts = bytes.length - at > longestPlain ? prepared.spelledStarts : prepared.starts;
        if (isOpen(prepared, bytes, { at, forms: starts[first] })) return at;
        if (((special[first] ?? 0) & ESCAPE) !== 0 && isOpenEscape(prepared, bytes, at)) return at;
      }
      return bytes.length;
    },
  };
}

/** How many bytes a form can take. */
function longestOf({ bytes, isCut, isSpelled }: Form): number {
  const lineEnds = isCut ? bytes.length * LONGEST_LINE_END : 0;
  return bytes.reduce((sum, byte) => sum + (isSpelled ? (LONGEST_SPELLINGS[byte] ?? 1) : 1), lineEnds);
}

interface Prepared {
  readonly tree: SpellingTree;
  /** By byte: where it stands in the forms that may be escaped. */
  readonly places: readonly (readonly Place[] | undefined)[];
  /** Of those that are cut into lines. */
  readonly cutPlaces: readonly (readonly Place[] | undefined)[];
  /** By byte: the forms that begin with it. */
  readonly starts: Starts;
  /** Of those that may be escaped. */
  readonly spelledStarts: Starts;
}

type Starts = readonly (readonly Form[] | undefined)[];

interface Seen {
  readonly bytes: Uint8Array;
  readonly found: Found[];
}

function findAtEscape({ tree, places }: Prepared, { bytes, found }: Seen, from: number): void {
  let node = 0;
  for (let at = from; at < bytes.length; at += 1) {
    node = tree.step(node, bytes[at] ?? 0);
    if (node === 0) return;
    for (const place of places[tree.spelled[node] ?? NO_BYTE] ?? []) {
      if (!beginsBefore(bytes, from, place)) continue;
      const { form, index } = place;
      const to = matchFrom({ tree, bytes, form }, index + 1, at + 1);
      if (to >= 0) found.push({ from: from - index, to, value: form.value });
    }
  }
}

function findAtLineEnd({ tree, cutPlaces }: Prepared, { bytes, found }: Seen, at: number): void {
  const places = cutPlaces[bytes[at - 1] ?? NO_BYTE];
  const over = places === undefined ? NO_LINE_END : lineEndAt(bytes, at);
  if (over < 0) return;
  const then = bytes[over] ?? 0;
  for (const place of places ?? []) {
    const { form, index } = place;
    if (special[then] === 0 && then !== form.bytes[index + 1]) continue;
    if (!beginsBefore(bytes, at - 1, place)) continue;
    const to = matchFrom({ tree, bytes, form }, index + 1, at);
    if (to >= 0) found.push({ from: at - 1 - index, to, value: form.value });
  }
}

interface Start {
  readonly at: number;
  /** Those that begin with the byte that is there, spelled as it may be. */
  readonly forms: readonly Form[] | undefined;
}

const isOpen = ({ tree }: Prepared, bytes: Uint8Array, { at, forms }: Start): boolean =>
  forms?.some((form) => matchFrom({ tree, bytes, form }, 0, at) === OPEN) ?? false;

function isOpenEscape(prepared: Prepared, bytes: Uint8Array, from: number): boolean {
  const { tree, spelledStarts } = prepared;
  let node = 0;
  for (let at = from; at < bytes.length; at += 1) {
    node = tree.step(node, bytes[at] ?? 0);
    if (node === 0) return false;
    const forms = spelledStarts[tree.spelled[node] ?? NO_BYTE];
    if (isOpen(prepared, bytes, { at: from, forms })) return true;
  }
  return [...(tree.ahead[node] ?? [])].some((code) => spelledStarts[code] !== undefined);
}

interface Place {
  readonly form: Form;
  readonly index: number;
}

function placesOf(forms: readonly Form[]): readonly (readonly Place[] | undefined)[] {
  const places: Place[][] = [];
  for (const form of forms) {
    form.bytes.forEach((byte, index) => (places[byte] ??= []).push({ form, index }));
  }
  return places;
}

function startsOf(forms: readonly Form[]): Starts {
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
  readonly form: Form;
}

/** Where the form from `index` on ends, when it begins at `at`; or OPEN, or NO. */
function matchFrom(matching: Matching, index: number, at: number): number {
  const { bytes, form } = matching;
  let position = at;
  for (let next = index; next < form.bytes.length; next += 1) {
    if (position >= bytes.length) return OPEN;
    const byte = bytes[position] ?? 0;
    if (special[byte] !== 0) return matchEveryWay(matching, next, position);
    if (byte !== form.bytes[next]) return NO;
    position += 1;
  }
  return position;
}

/** All ways to read the bytes at once, as the places that they have come to: one after the other would take forever. */
function matchEveryWay(matching: Matching, index: number, at: number): number {
  const { bytes, form } = matching;
  let places = [at];
  let isOpen = false;
  for (let next = index; next < form.bytes.length; next += 1) {
    const [only = 0] = places;
    if (places.length === 1 && special[bytes[only] ?? 0] === 0 && bytes[only] === form.bytes[next]) {
      places = [only + 1];
      continue;
    }
    const ways: Ways = { places: [], isOpen: false };
    for (const place of places) goOn(matching, { index: next, at: place }, ways);
    isOpen ||= ways.isOpen;
    if (ways.places.length === 0) return isOpen ? OPEN : NO;
    places = ways.places;
  }
  return Math.max(...places);
}

interface Ways {
  /** Where a character's ways to be read end, each once. */
  readonly places: number[];
  /** Whether the bytes end within one of them. */
  isOpen: boolean;
}

interface Step {
  readonly index: number;
  readonly at: number;
}

/** An end of a line or none, and then the character itself, or one of its spellings. */
function goOn(matching: Matching, { index, at }: Step, ways: Ways): void {
  readCharacter(matching, { index, at }, ways);
  if (!matching.form.isCut || index < SHORTEST_LINE) return;
  const over = lineEndAt(matching.bytes, at);
  // Only one: events end with an empty line, which must not be held back.
  if (over === OPEN_LINE_END) ways.isOpen = true;
  else if (over !== NO_LINE_END) readCharacter(matching, { index, at: over }, ways);
}

function readCharacter({ tree, bytes, form }: Matching, { index, at }: Step, ways: Ways): void {
  const code = form.bytes[index] ?? 0;
  const add = (place: number): void => void (ways.places.includes(place) || ways.places.push(place));
  if (bytes[at] === code) add(at + 1);
  if (!form.isSpelled) {
    ways.isOpen ||= at >= bytes.length;
    return;
  }
  let node = 0;
  for (let position = at; position < bytes.length; position += 1) {
    node = tree.step(node, bytes[position] ?? 0);
    if (node === 0) return;
    if (tree.spelled[node] === code) add(position + 1);
    if (tree.ahead[node]?.has(code) !== true) return;
  }
  ways.isOpen = true;
}
