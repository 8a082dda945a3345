import { CLASS, ESCAPE, PLAIN, PRINTABLE, type Stretch } from './characters.ts';

/** Finds the text among bytes. Encoded data is text, and the search skips most of the rest. */

/** Shortest text among other bytes, in bytes: as long as the shortest part of a value that is searched. */
export const SHORTEST_TEXT = 8;
/** Bytes per character after three conversions to UTF-16. */
const WIDEST = 8;
const WIDE_CHARACTERS = 4;

/** Beyond this many, the caller has to search the text itself. */
export const MOST_ESCAPES = 16 * 1024;

/** Reused buffer: each call writes to it and copies from it. */
const PLACES = new Int32Array(MOST_ESCAPES);
const NOWHERE = new Int32Array(0);

export interface Texts {
  /** The stretches of printable ASCII, with line breaks and tabs, each as long as it goes. */
  readonly stretches: readonly Stretch[];
  /** Whether some text has NUL bytes between its characters, as UTF-16 has. */
  readonly wide: boolean;
  /** The places of the first `MOST_ESCAPES` characters that can begin an escape. */
  readonly escapes: Int32Array;
}

/** Returns the places of all text in `bytes`. */
export function textsIn(bytes: Uint8Array): Texts {
  const stretches: Stretch[] = [];
  let escapes = 0;
  let wide = false;
  const classes = CLASS;
  const { length } = bytes;
  for (let start = 0; start + SHORTEST_TEXT <= length;) {
    let odd = start + SHORTEST_TEXT - 1;
    while (odd >= start && (classes[bytes[odd]!]! & PRINTABLE) !== 0) odd -= 1;
    if (odd >= start) {
      if (bytes[odd] === 0) wide ||= isWide(bytes, odd);
      start = odd + 1;
      continue;
    }
    let end = start;
    for (;;) {
      while (end + 3 < length && arePlain(classes, bytes, end)) end += 4;
      if (end >= length) break;
      const kind = classes[bytes[end]!]!;
      if ((kind & PRINTABLE) === 0) break;
      if ((kind & ESCAPE) !== 0 && escapes < MOST_ESCAPES) PLACES[escapes++] = end;
      end += 1;
    }
    stretches.push({ start, end });
    start = end;
  }
  return { stretches, wide, escapes: escapes === 0 ? NOWHERE : PLACES.slice(0, escapes) };
}

/** Whether four characters are PLAIN: most are, and one test for all four halves the cost. */
function arePlain(classes: Uint8Array, bytes: Uint8Array, at: number): boolean {
  const all =
    classes[bytes[at]!]! & classes[bytes[at + 1]!]! & classes[bytes[at + 2]!]! & classes[bytes[at + 3]!]!;
  return (all & PLAIN) !== 0;
}

/**
 * Like `Texts.wide`, but checked everywhere in `bytes`: the places that `textsIn` checks depend on the bytes before.
 */
export function isWideAnywhere(bytes: Uint8Array): boolean {
  // In a row of NUL bytes, checking the last one is enough.
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0 && bytes[at + 1] !== 0 && isWide(bytes, at)) return true;
  }
  return false;
}

/** Whether characters follow the NUL bytes at `nul`, each with the same number of NUL bytes behind it. */
function isWide(bytes: Uint8Array, nul: number): boolean {
  const first = afterNuls(bytes, nul);
  if ((CLASS[bytes[first] ?? 0]! & PRINTABLE) === 0) return false;
  const width = afterNuls(bytes, first + 1) - first;
  if (width === 1) return false;
  for (let at = first; at < first + WIDE_CHARACTERS * width; at += width) {
    if (bytes[at - 1] !== 0 || (CLASS[bytes[at] ?? 0]! & PRINTABLE) === 0) return false;
  }
  return true;
}

function afterNuls(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0 && at < start + WIDEST) at += 1;
  return at;
}

/** Returns `bytes` without NUL. */
export function narrowed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== 0) out[length++] = bytes[at]!;
  }
  return out.subarray(0, length);
}
