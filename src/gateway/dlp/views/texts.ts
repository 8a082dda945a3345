import { CLASS, ESCAPE, PLAIN, PRINTABLE, type Stretch } from './characters.ts';

/** Where text is among bytes. What is encoded in characters stands there, and most of what is not text is leapt over. */

/** Shorter pieces of text among what is not text hold nothing: as long as the shortest part that is looked for. */
export const SHORTEST_TEXT = 8;
/** Bytes per character of what became UTF-16 three times. */
const WIDEST = 8;
const WIDE_CHARACTERS = 4;

/** Beyond this many, whoever wants to know has to look. */
export const MOST_ESCAPES = 16 * 1024;

/** Written to and copied from within one call. */
const PLACES = new Int32Array(MOST_ESCAPES);
const NOWHERE = new Int32Array(0);

export interface Texts {
  /** The stretches of printable ASCII, with line breaks and tabs, each as long as it goes. */
  readonly stretches: readonly Stretch[];
  /** Whether some text has NUL bytes between its characters, as UTF-16 has. */
  readonly wide: boolean;
  /** Where the first of the characters are that escapes begin with, up to `MOST_ESCAPES`. */
  readonly escapes: Int32Array;
}

/** All the text in `bytes`. */
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

/** Whether four characters are: most are, and one question for all costs half. */
function arePlain(classes: Uint8Array, bytes: Uint8Array, at: number): boolean {
  const all =
    classes[bytes[at]!]! & classes[bytes[at + 1]!]! & classes[bytes[at + 2]!]! & classes[bytes[at + 3]!]!;
  return (all & PLAIN) !== 0;
}

/** As `Texts.wide` says, wherever in `bytes` that is: where `textsIn` looks for it depends on what stands before. */
export function isWideAnywhere(bytes: Uint8Array): boolean {
  // Of NUL bytes in a row, the last tells as much as the others.
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0 && bytes[at + 1] !== 0 && isWide(bytes, at)) return true;
  }
  return false;
}

/** Whether characters begin behind the NUL bytes at `nul` that have equally many NUL bytes behind each. */
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

/** `bytes` without NUL. */
export function narrowed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== 0) out[length++] = bytes[at]!;
  }
  return out.subarray(0, length);
}
