import { Buffer } from 'node:buffer';
import type { Found } from './forms.ts';

/**
 * What is held back of an answer since it may go on to be a secret tells whoever has brought it about how one begins: an agent that has a
 * host print a guess and then nothing, as logs that are followed do, sees whether it comes. So that is counted; and beyond a few, what is
 * held back does not depend on what is known.
 */

/** Of an honest host the beginning of a secret comes with the rest of it, and longer ones than everybody knows stand nowhere else. */
const MOST_GUESSES = 4;
/** What stands in other texts by chance is no longer. */
const LONGEST_CHANCE = 3;
/** So much is held back at most. */
const LONGEST_PARAGRAPH = 16 * 1024;
const LF = 0x0a;
const CR = 0x0d;

/** What became of what was held back, and what is now. */
interface Step {
  /** It was a secret. */
  readonly isFound: boolean;
  /** Some of it went on. */
  readonly isOver: boolean;
  /** How many characters wait now, beyond what is public. */
  readonly held: number;
}

/** Beginnings of secrets that nothing came behind, in all answers. One that is waited for counts: its client may leave. */
export class Guesses {
  #count = 0;

  get areTooMany(): boolean {
    return this.#count > MOST_GUESSES;
  }

  ofStream(): { note(step: Step): void } {
    let isCounted = false;
    return {
      note: ({ isFound, isOver, held }) => {
        if (isCounted && isFound && !this.areTooMany) this.#count -= 1;
        if (isFound || isOver) isCounted = false;
        if (isCounted || held <= LONGEST_CHANCE || this.areTooMany) return;
        this.#count += 1;
        isCounted = true;
      },
    };
  }
}

/** An escape, also one that is not whole; the end of a line with what begins the next. */
const AS_ONE = /%(?:25)*[\da-f]{0,2}|\\+(?:u\{?[\da-f]{0,4}\}?|x[\da-f]{0,2})?|&(?:amp;?)?#?\w{0,16};?/gi;
const LINE_END = /\s+(?:data: ?)?/g;

/** How many characters of a form these bytes may be: where they are cut within an escape, hardly any. */
export function charactersIn(bytes: Uint8Array): number {
  return Buffer.from(bytes).toString('latin1').replace(LINE_END, '').replace(AS_ONE, '%').length;
}

/** Whether one of these was begun before `at`, or there, and goes on behind it. */
export const isToldBy = (found: readonly Found[], at: number): boolean =>
  found.some(({ from, to }) => from <= at && at < to);

/** Where the last paragraph begins: no form goes on behind an empty line, and events end with one. */
export function paragraphOf(bytes: Uint8Array): number {
  const earliest = Math.max(0, bytes.length - LONGEST_PARAGRAPH);
  for (let at = bytes.length; at > earliest + 1; at -= 1) {
    if (bytes[at - 1] !== LF && bytes[at - 1] !== CR) continue;
    const before = bytes[at - 1] === LF && bytes[at - 2] === CR ? at - 2 : at - 1;
    if (before > earliest && (bytes[before - 1] === LF || bytes[before - 1] === CR)) return at;
  }
  return earliest;
}
