import { CLASS, lastOther, PRINTABLE, runEnd, type Stretch } from './characters.ts';

/** Where text is among bytes. What is encoded in characters stands there, and most of what is not text is leapt over. */

/** Shorter pieces of text among what is not text are chance. */
const SHORTEST_TEXT = 10;

export interface Texts {
  /** The stretches of printable ASCII, with line breaks and tabs. */
  readonly stretches: readonly Stretch[];
  /** Whether some text has a NUL byte after each character, as UTF-16 has. */
  readonly wide: boolean;
}

/** All the text in `bytes`. */
export function textsIn(bytes: Uint8Array): Texts {
  const stretches: Stretch[] = [];
  let wide = false;
  const { length } = bytes;
  for (let start = 0; start < length;) {
    const odd = lastOther(bytes, PRINTABLE, { start, end: Math.min(length, start + SHORTEST_TEXT) });
    if (odd < 0) {
      const end = runEnd(bytes, PRINTABLE, { start, end: length });
      stretches.push({ start, end });
      start = end;
    } else {
      wide ||= bytes[odd] === 0 && isWide(bytes, odd);
      start = odd + 1;
    }
  }
  return { stretches, wide };
}

function isWide(bytes: Uint8Array, at: number): boolean {
  for (let next = at; next < at + 8; next += 2) {
    if (bytes[next] !== 0 || (CLASS[bytes[next + 1] ?? 0]! & PRINTABLE) === 0) return false;
  }
  return true;
}
