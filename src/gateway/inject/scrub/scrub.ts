import { Buffer } from 'node:buffer';
import { formsOf, type Found } from './forms.ts';
import { charactersIn, Guesses, isRevealedBy, paragraphOf } from './guesses.ts';
import { createScanner, type Scanner } from './scan.ts';

/**
 * Removes secrets from answers: replaces every form of a secret with `*`, byte for byte, so that all announced lengths
 * stay true.
 */

export interface Scrub {
  /** Searches for the current values. */
  readonly scanner: Scanner;
  /**
   * Length of the values' public prefix, with which their maker begins every key. `Infinity`: no end of a text counts
   * as a guess.
   */
  readonly publicLength: number;
  /** Scrubs one body, stream of events or message. */
  stream(): ScrubStream;
  /** Scrubs headers, status messages and other short text. One character is one byte, as in Node's headers. */
  text(text: string): string;
}

export interface ScrubStream {
  /**
   * Returns what can be sent of all bytes so far: everything but an end that may be more than the first bytes of a
   * form. May be a view of `bytes`.
   */
  push(bytes: Uint8Array): Uint8Array;
  /** Returns the rest. */
  end(): Uint8Array;
}

const STAR = 0x2a;
/**
 * Number of bytes of a form that may be sent before the rest: texts often end with a byte that begins some form, and a
 * client may wait for the whole answer before it continues.
 */
const MAY_SHOW = 3;
const NOTHING = new Uint8Array(0);
const FINDS_NOTHING: Scanner = { find: () => [], openEnd: ({ length }) => length };

/**
 * Creates a scrub and prepares its values; not meant to be called for each answer. Without values, everything passes
 * unchanged.
 */
export function createScrub(values: readonly string[], publicLength = 0): Scrub {
  const scanner = values.length === 0 ? FINDS_NOTHING : createScanner(formsOf(values));
  return scrubBy(() => ({ scanner, publicLength }));
}

/**
 * Returns a scrub that searches as the latest one does, even in the middle of a body: a stream keeps its held-back
 * bytes unscrubbed.
 */
export function followLatest(latest: () => Scrub): Scrub {
  return scrubBy(latest);
}

type Known = Pick<Scrub, 'scanner' | 'publicLength'>;

function scrubBy(now: () => Known): Scrub {
  const guesses = new Guesses();
  return {
    get scanner() {
      return now().scanner;
    },
    get publicLength() {
      return now().publicLength;
    },
    stream: () => createStream(now, guesses),
    text: (text) => scrubText(now().scanner, text),
  };
}

function createStream(now: () => Known, guesses: Guesses): ScrubStream {
  const guess = guesses.ofStream();
  /**
   * `kept` holds bytes unscrubbed, so that overlapping forms are found. Of these, `given` bytes have been sent, and
   * `covered` bytes belong to a form that was found before.
   */
  let kept = NOTHING;
  let given = 0;
  let covered = 0;

  const cut = (bytes: Uint8Array, keepFrom: number): Uint8Array => {
    const { scanner, publicLength } = now();
    const found = scanner.find(bytes);
    const spans: Span[] = [{ from: 0, to: covered }, ...found];
    const isShort = bytes.length - keepFrom <= MAY_SHOW;
    const to = isShort ? bytes.length : Math.max(given, keepFrom);
    const out = mask(bytes, spans, { from: given, to });
    // A form at the beginning of the bytes counts as found, even if none of it has been sent yet.
    covered = spans.reduce(
      (most, span) => (span.from === 0 || span.from < keepFrom ? Math.max(most, span.to - keepFrom) : most),
      0,
    );
    guess.note({
      isFound: isRevealedBy(found, given),
      isOver: to > given,
      held: to === bytes.length ? 0 : charactersIn(bytes.subarray(to)) - publicLength,
    });
    given = to - keepFrom;
    kept = keepFrom === bytes.length ? NOTHING : Uint8Array.prototype.slice.call(bytes, keepFrom);
    return out;
  };
  return {
    push: (chunk) => {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      const open = now().scanner.openEnd(bytes);
      return cut(bytes, guesses.areTooMany ? Math.min(open, paragraphOf(bytes)) : open);
    },
    end: () => cut(kept, kept.length),
  };
}

type Span = Pick<Found, 'from' | 'to'>;

/** The bytes of `part`, with stars in place of the spans. */
function mask(bytes: Uint8Array, spans: readonly Span[], part: Span): Uint8Array {
  if (spans.every(({ to }) => to <= part.from)) return bytes.subarray(part.from, part.to);
  const out = Uint8Array.prototype.slice.call(bytes, 0, part.to);
  for (const { from, to } of spans) out.fill(STAR, from, Math.min(to, part.to));
  return out.subarray(part.from);
}

function scrubText(scanner: Scanner, text: string): string {
  const found = scanner.find(Buffer.from(text, 'latin1'));
  return found.reduce(
    (scrubbed, { from, to }) => scrubbed.slice(0, from) + '*'.repeat(to - from) + scrubbed.slice(to),
    text,
  );
}
