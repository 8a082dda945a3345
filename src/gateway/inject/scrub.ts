import { Buffer } from 'node:buffer';
import { formsOf, type Found } from './forms.ts';
import { charactersIn, Guesses, isToldBy, paragraphOf } from './guesses.ts';
import { createScanner, type Scanner } from './scan.ts';

/** Answers without secrets: every form of one becomes as many `*`, so that all lengths stay what was announced. */

export interface Scrub {
  /** What it looks for just now. */
  readonly scanner: Scanner;
  /** So many characters of a value everybody knows: what its maker begins all with. `Infinity`: no end of a text is a guess. */
  readonly publicLength: number;
  /** For one body, stream of events or message. */
  stream(): ScrubStream;
  /** For headers, status messages and other short text: one character of it is one byte, as in Node's headers. */
  text(text: string): string;
}

export interface ScrubStream {
  /** What can go on of all that came: everything but an end that may be more than the first bytes of a form. May be a view of `bytes`. */
  push(bytes: Uint8Array): Uint8Array;
  /** The rest. */
  end(): Uint8Array;
}

const STAR = 0x2a;
/** So many bytes of a form may show: texts often end with one that some form begins with, and a client may wait for all of an answer before it goes on. */
const MAY_SHOW = 3;
const NOTHING = new Uint8Array(0);
const FINDS_NOTHING: Scanner = { find: () => [], openEnd: ({ length }) => length };

/** Made once for a gateway: the values are prepared here. Without values, everything passes as it is. */
export function createScrub(values: readonly string[], publicLength = 0): Scrub {
  const scanner = values.length === 0 ? FINDS_NOTHING : createScanner(formsOf(values));
  return scrubBy(() => ({ scanner, publicLength }));
}

/** Looks for what the latest one does, also in the middle of a body: what is held back of it is kept as it came. */
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
  /** As it came, so that what overlaps is found; of that, so many bytes went on already, or belong to a form that was found already. */
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
    // What begins with the bytes was found once, also where nothing of it goes on yet.
    covered = spans.reduce(
      (most, span) => (span.from === 0 || span.from < keepFrom ? Math.max(most, span.to - keepFrom) : most),
      0,
    );
    guess.note({
      isFound: isToldBy(found, given),
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

/** The bytes of `part`, with stars where one of the spans is. */
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
