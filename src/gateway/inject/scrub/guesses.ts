import { Buffer } from 'node:buffer';
import type { Found } from './forms.ts';

/**
 * Limits what held-back bytes reveal. The scrub holds back the end of an answer that may continue as a secret. An agent
 * that makes a host print a guess and then nothing, as a followed log does, sees whether the guess arrives, and so
 * learns how a secret begins. This module counts such cases; after a few, what the scrub holds back no longer depends
 * on the secrets.
 */

/**
 * Most guesses. An honest host sends the beginning of a secret together with the rest, and a beginning that is longer
 * than the public prefix occurs nowhere else.
 */
const MOST_GUESSES = 4;
/** Longest beginning, in characters, that other texts contain by chance. */
const LONGEST_CHANCE = 3;
/** Most bytes that are held back as a paragraph. */
const LONGEST_PARAGRAPH = 16 * 1024;
const LF = 0x0a;
const CR = 0x0d;

/** The fate of bytes that were held back, and how many are held back now. */
interface Step {
  /** The held-back bytes were part of a secret. */
  readonly isFound: boolean;
  /** Some of the held-back bytes have been sent. */
  readonly isOver: boolean;
  /** Number of characters held back now, beyond the public prefix. */
  readonly held: number;
}

/**
 * Counts beginnings of secrets that did not continue, in all answers. A beginning that is still held back counts too:
 * its client may disconnect.
 */
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

/** An escape, complete or not. `LINE_END`: a line end with what begins the next line. */
const AS_ONE = /%(?:25)*[\da-f]{0,2}|\\+(?:u\{?[\da-f]{0,4}\}?|x[\da-f]{0,2})?|&(?:amp;?)?#?\w{0,16};?/gi;
const LINE_END = /\s+(?:data: ?)?/g;

/** Returns how many characters of a form these bytes may represent: an escape, even if it is cut off, counts as one. */
export function charactersIn(bytes: Uint8Array): number {
  return Buffer.from(bytes).toString('latin1').replace(LINE_END, '').replace(AS_ONE, '%').length;
}

/** Whether one of these begins at `at` or before, and ends behind it. */
export const isRevealedBy = (found: readonly Found[], at: number): boolean =>
  found.some(({ from, to }) => from <= at && at < to);

/**
 * Returns where the last paragraph begins, `LONGEST_PARAGRAPH` bytes before the end at the earliest. No form continues
 * behind an empty line, and events end with one.
 */
export function paragraphOf(bytes: Uint8Array): number {
  const earliest = Math.max(0, bytes.length - LONGEST_PARAGRAPH);
  for (let at = bytes.length; at > earliest + 1; at -= 1) {
    if (bytes[at - 1] !== LF && bytes[at - 1] !== CR) continue;
    const before = bytes[at - 1] === LF && bytes[at - 2] === CR ? at - 2 : at - 1;
    if (before > earliest && (bytes[before - 1] === LF || bytes[before - 1] === CR)) return at;
  }
  return earliest;
}
