import type { Form, Found } from './forms.ts';
import {
  dataAt,
  LINE_END_STARTS,
  LONGEST_LINE_END,
  lineEndAt,
  NO_LINE_END,
  OPEN_LINE_END,
} from './line-end.ts';
import { INTRODUCERS, LONGEST_SPELLINGS, spellingTree, type SpellingTree } from './spellings.ts';
import { BLANK, mayBeCut, isBefore, Starts } from './starts.ts';
import { createLiteralSearch } from './literals.ts';

/** Finds forms in bytes. Each character may appear as itself or in any of its spellings. */

export interface Scanner {
  /** Returns all forms, including those that overlap, in no order. */
  find(bytes: Uint8Array): readonly Found[];
  /** Returns where the longest end begins that may continue as a form; the length of the bytes if there is none. */
  openEnd(bytes: Uint8Array): number;
}

/** The bytes do not match the form. */
const NO = -1;
/** The bytes match so far, and end before the form does. */
const OPEN = -2;

const ESCAPE = 1;
const LINE_END = 2;
/** By byte: flags for what it may begin, besides standing for itself. */
const special = new Uint8Array(256);
for (const byte of INTRODUCERS) special[byte] = ESCAPE | LINE_END;
for (const byte of LINE_END_STARTS) special[byte] = LINE_END;

/**
 * Creates a scanner for these forms. A search that skips most bytes finds a form as it stands. The scanner finds any
 * other form at its first escape or line end, by the bytes before that. It keeps nothing for each position in a form:
 * all forms of a value together have some hundred times as many positions as the value has characters.
 */
export function createScanner(forms: readonly Form[]): Scanner {
  const findLiterals = createLiteralSearch(forms);
  const prepared: Prepared = {
    tree: spellingTree(bytesOf(forms.filter(({ isSpelled }) => isSpelled))),
    starts: new Starts(forms),
  };
  const longest = Math.max(0, ...forms.map(longestOf));
  return {
    find: (bytes) => {
      const found = findLiterals(bytes);
      const seen: Seen = { bytes, found };
      for (let at = 0; at < bytes.length; at += 1) {
        const kind = special[bytes[at] ?? 0] ?? 0;
        if (kind === 0) continue;
        if ((kind & ESCAPE) !== 0) findAtEscape(prepared, seen, at);
        findAtLineEnd(prepared, seen, at);
      }
      return found;
    },
    openEnd: (bytes) => {
      for (let at = startOf(bytes, longest); at < bytes.length; at += 1) {
        if (isOpenAt(prepared, bytes, at)) return at;
      }
      return bytes.length;
    },
  };
}

/** The distinct bytes of the forms. */
function bytesOf(forms: readonly Form[]): readonly number[] {
  const isIn = new Uint8Array(256);
  for (const { bytes } of forms) for (const byte of bytes) isIn[byte] = 1;
  return [...isIn.keys()].filter((byte) => isIn[byte] === 1);
}

/** Most bytes that a form can take on one line. */
function longestOf({ bytes, isSpelled }: Form): number {
  return bytes.reduce((sum, byte) => sum + (isSpelled ? (LONGEST_SPELLINGS[byte] ?? 1) : 1), 0);
}

/**
 * The earliest position at which a form that runs to the end can begin. A form contains no more line ends than the
 * bytes have.
 */
function startOf(bytes: Uint8Array, longest: number): number {
  let at = bytes.length;
  // The walk may stop within a line end, which is then not counted.
  let room = longest + LONGEST_LINE_END;
  while (at > 0 && bytes.length - at < room) {
    at -= 1;
    if (special[bytes[at] ?? 0] !== 0) room += lengthOfLineEnd(bytes, at);
  }
  return at;
}

function lengthOfLineEnd(bytes: Uint8Array, at: number): number {
  const over = lineEndAt(bytes, at);
  if (over === NO_LINE_END) return 0;
  const end = over === OPEN_LINE_END ? OPEN_LINE_END : dataAt(bytes, over);
  return (end === OPEN_LINE_END ? bytes.length : Math.max(over, end)) - at;
}

interface Prepared {
  /** Spellings of the bytes in forms that may be escaped. */
  readonly tree: SpellingTree;
  readonly starts: Starts;
}

interface Seen {
  readonly bytes: Uint8Array;
  readonly found: Found[];
}

/** Adds the forms whose first escape is here. */
function findAtEscape({ tree, starts }: Prepared, { bytes, found }: Seen, from: number): void {
  let node = 0;
  for (let at = from; at < bytes.length; at += 1) {
    node = tree.step(node, bytes[at] ?? 0);
    if (node === 0) return;
    const code = tree.spelled[node];
    if (code === undefined) continue;
    const match = (forms: readonly Form[], length: number): void => {
      for (const form of forms) {
        if (!form.isSpelled || form.bytes[length] !== code || !isBefore(bytes, from, { form, length }))
          continue;
        const to = matchFrom({ tree, bytes, form }, length + 1, at + 1);
        if (to >= 0) found.push({ from: from - length, to, value: form.value });
      }
    };
    match(starts.withByte(code), 0);
    starts.before(bytes, from, match);
  }
}

/** Adds the forms whose first line end is here. */
function findAtLineEnd({ tree, starts }: Prepared, { bytes, found }: Seen, at: number): void {
  if (!starts.mayStandBefore(bytes, at)) return;
  const over = lineEndAt(bytes, at);
  if (over < 0) return;
  const next = bytes[over] ?? 0;
  // Otherwise, a key's public prefix at the end of each line would be compared with every continuation of the key.
  const isPlain = special[next] === 0 && dataAt(bytes, over) === NO_LINE_END;
  starts.before(bytes, at, (forms, length) => {
    for (const form of forms) {
      const due = form.bytes[length];
      if (isPlain && due !== next && due !== BLANK) continue;
      if (!mayBeCut(form, length) || !isBefore(bytes, at, { form, length })) continue;
      const to = matchFrom({ tree, bytes, form }, length, at);
      if (to >= 0) found.push({ from: at - length, to, value: form.value });
    }
  });
}

function isOpenAt(prepared: Prepared, bytes: Uint8Array, at: number): boolean {
  const first = special[bytes[at] ?? 0] ?? 0;
  const isPlain = (first | (special[bytes[at + 1] ?? 0] ?? 0) | (special[bytes[at + 2] ?? 0] ?? 0)) === 0;
  const forms = isPlain ? prepared.starts.at(bytes, at) : prepared.starts.withByte(bytes[at] ?? 0);
  if (forms.length > 0 && isOpen(prepared, bytes, { at, forms })) return true;
  return (first & ESCAPE) !== 0 && isOpenEscape(prepared, bytes, at);
}

interface Start {
  readonly at: number;
  /** The forms that may begin with the character there, in any spelling. */
  readonly forms: readonly Form[];
}

const isOpen = ({ tree }: Prepared, bytes: Uint8Array, { at, forms }: Start): boolean =>
  forms.some((form) => matchFrom({ tree, bytes, form }, 0, at) === OPEN);

function isOpenEscape(prepared: Prepared, bytes: Uint8Array, from: number): boolean {
  const { tree, starts } = prepared;
  let node = 0;
  for (let at = from; at < bytes.length; at += 1) {
    node = tree.step(node, bytes[at] ?? 0);
    if (node === 0) return false;
    const code = tree.spelled[node];
    if (code !== undefined && isOpen(prepared, bytes, { at: from, forms: starts.withByte(code) }))
      return true;
  }
  return [...(tree.ahead[node] ?? [])].some((code) =>
    starts.withByte(code).some(({ isSpelled }) => isSpelled),
  );
}

interface Matching {
  readonly tree: SpellingTree;
  readonly bytes: Uint8Array;
  readonly form: Form;
}

/** Returns where the form ends if its bytes from `index` on begin at `at`; or OPEN, or NO. */
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

/**
 * Follows all readings of the bytes at once, as the positions that they have reached: one after the other would take
 * far too long.
 */
function matchEveryWay(matching: Matching, index: number, at: number): number {
  const { bytes, form } = matching;
  let places = [at];
  let isOpen = false;
  for (let next = index; next < form.bytes.length; next += 1) {
    const only = places[0] ?? 0;
    if (places.length === 1 && special[bytes[only] ?? 0] === 0 && bytes[only] === form.bytes[next]) {
      places[0] = only + 1;
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
  /** The positions where the readings of a character end, each once. */
  readonly places: number[];
  /** Whether the bytes end within one of the readings. */
  isOpen: boolean;
}

interface Step {
  readonly index: number;
  readonly at: number;
}

/** Reads an optional line end, and then the character itself or one of its spellings. */
function goOn(matching: Matching, { index, at }: Step, ways: Ways): void {
  readCharacter(matching, { index, at }, ways);
  if (!mayBeCut(matching.form, index)) return;
  // Only one line end: events end with an empty line, which must not be held back.
  const over = lineEndAt(matching.bytes, at);
  goOnLine(matching, { index, at: over }, ways);
  if (over >= 0) goOnLine(matching, { index, at: dataAt(matching.bytes, over) }, ways);
}

/** Reads the character on the next line, if there is one. A line end may replace a blank of the form. */
function goOnLine(matching: Matching, { index, at }: Step, ways: Ways): void {
  if (at === OPEN_LINE_END) ways.isOpen = true;
  if (at < 0) return;
  readCharacter(matching, { index, at }, ways);
  if (matching.form.bytes[index] === BLANK && lineEndAt(matching.bytes, at) < 0) addPlace(ways, at);
}

function addPlace({ places }: Ways, place: number): void {
  if (!places.includes(place)) places.push(place);
}

function readCharacter({ tree, bytes, form }: Matching, { index, at }: Step, ways: Ways): void {
  const code = form.bytes[index] ?? 0;
  if (bytes[at] === code) addPlace(ways, at + 1);
  if (!form.isSpelled) {
    ways.isOpen ||= at >= bytes.length;
    return;
  }
  let node = 0;
  for (let position = at; position < bytes.length; position += 1) {
    node = tree.step(node, bytes[position] ?? 0);
    if (node === 0) return;
    if (tree.spelled[node] === code) addPlace(ways, position + 1);
    if (tree.ahead[node]?.has(code) !== true) return;
  }
  ways.isOpen = true;
}
