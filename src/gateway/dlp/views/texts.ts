import { CLASS, ESCAPE, PLAIN, PRINTABLE, type Stretch } from './characters.ts';

/** Finds the text among bytes. Encoded data is text, and the search skips most of the rest. */

/** Shortest text among other bytes, in bytes: as long as the shortest part of a value that is searched. */
export const SHORTEST_TEXT = 8;
/** Bytes of characters by which UTF-16 is recognised: PowerShell's -EncodedCommand takes base64 of UTF-16. */
const WIDE_BYTES = 4 * 2;

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
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0 && isWide(bytes, at)) return true;
  }
  return false;
}

/** Whether four characters follow the NUL byte at `nul`, with one NUL byte between each two. */
function isWide(bytes: Uint8Array, nul: number): boolean {
  for (let at = nul; at < nul + WIDE_BYTES; at += 2) {
    if (bytes[at] !== 0 || (CLASS[bytes[at + 1] ?? 0]! & PRINTABLE) === 0) return false;
  }
  return true;
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
