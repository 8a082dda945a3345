import type { Stretch } from './characters.ts';
import { escapeAt } from './unescape.ts';

/** Whether there are escapes in the texts among bytes. */

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;

/** Fewer that read backwards are chance: "12%". */
const BACKWARDS = 2;

export interface Escapes {
  readonly forwards: boolean;
  /** Whether there are some when the bytes are read backwards. */
  readonly backwards: boolean;
}

/** The escapes in `stretches` of `bytes`, which are in order. */
export function escapesIn(bytes: Uint8Array, stretches: readonly Stretch[]): Escapes {
  let forwards = false;
  let backwards = 0;
  for (const begins of stretches.length === 0 ? [] : [PERCENT, BACKSLASH, AMPERSAND]) {
    let current = 0;
    for (let at = bytes.indexOf(begins); at !== -1; at = bytes.indexOf(begins, at + 1)) {
      while (current < stretches.length && stretches[current]!.end <= at) current += 1;
      const stretch = stretches[current];
      if (stretch === undefined || (forwards && backwards >= BACKWARDS)) break;
      if (stretch.start > at) continue;
      forwards ||= escapeAt(bytes, at) !== undefined;
      if (backwards < BACKWARDS && isEscapeBackwards(bytes, at)) backwards += 1;
    }
  }
  return { forwards, backwards: backwards >= BACKWARDS };
}

/** `14%`, `1400u\`, `;14x#&`. */
function isEscapeBackwards(bytes: Uint8Array, at: number): boolean {
  const before = (bytes[at - 1] ?? 0) | 0x20;
  // An x, a u or, with that bit, a number sign.
  if (bytes[at] === PERCENT ? at < 2 : before !== 0x78 && before !== 0x75 && before !== 0x23) return false;
  const turned = bytes.slice(Math.max(0, at - 11), at + 1).toReversed();
  const code = escapeAt(turned, 0)?.code ?? 0;
  return code > 0x20 && code < 0x7f; // "20%" is no escape
}
