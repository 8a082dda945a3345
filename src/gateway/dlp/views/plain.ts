import { narrowed, textsIn, type Texts } from './texts.ts';
import { pay, type Budget } from './tries.ts';
import { unescape } from './unescape.ts';

/** Undoes the escapes of one view, and inspects each stage. */

/** Deepest nesting of decodings. */
export const MAX_DEPTH = 3;
/** For JSON in JSON in JSON, or `%252541`. */
const MAX_UNESCAPES = 6;

/** Bytes, and the decodings that gave them. */
export interface View {
  readonly bytes: Uint8Array;
  /** The codings that were undone, outermost first. */
  readonly encoding: readonly string[];
  /** Contains only the texts of a decoding: nothing compressed. */
  readonly isExcerpt?: boolean | undefined;
  /** The places of its texts, if known. */
  readonly texts?: Texts | undefined;
}

/** The search that runs on each view. */
export interface Look {
  /** Whether to search also bytes that are not text. */
  readonly wantsAll?: boolean;
  /** Whether more bytes may follow: then the ends of texts matter, even short ones. */
  readonly wantsEnds?: boolean;
  /** Whether the input is compressed and decoded elsewhere: here only its texts are inspected. */
  readonly isCompressed?: boolean;
  /** Whether to search for patterns, and so in each word of a stream too. */
  readonly wantsWords?: boolean;
  /**
   * Searches for known values. Returns the bytes to decode further: of the same length, with texts at the same places.
   */
  values(view: View, texts: Texts): Uint8Array;
  /**
   * Searches for patterns in the original and in the fully unescaped text, not in the stages between. It masks nothing:
   * text that matches a pattern may be the encoding of something else.
   */
  patterns(view: View, texts: Texts): void;
}

/** One exploration. */
export interface Walk {
  readonly budget: Budget;
  readonly look: Look;
}

/** The codings so far of the next decoding, and its depth. */
export interface Next {
  readonly encoding: readonly string[];
  readonly depth: number;
}

/** A view without escapes. */
export interface Plain {
  readonly view: View;
  readonly texts: Texts;
}

/** Undoes escapes until there are none, and inspects each stage. Returns undefined if the work budget runs out. */
export function unescaped(walk: Walk, start: View): Plain | undefined {
  let view = start;
  for (let stage = 0; ; stage += 1) {
    if (!pay(walk.budget, view.bytes.length)) return undefined;
    const texts = view.texts ?? textsIn(view.bytes);
    view = seen(view, walk.look.values(view, texts), texts);
    const isRead = texts.stretches.length > 0 || texts.wide || walk.look.wantsAll === true;
    if (isRead && stage === 0) walk.look.patterns(view, texts);
    const next = isRead ? plainer(view.bytes, texts) : undefined;
    if (!isRead) return { view, texts };
    if (next === undefined || stage === MAX_UNESCAPES) {
      if (stage > 0) walk.look.patterns(view, texts);
      return { view, texts };
    }
    view = { bytes: next, encoding: [...start.encoding, 'escaped'] };
  }
}

/** Returns the view with the bytes that remain to be inspected. Written out, as in live-policy.ts. */
function seen({ encoding, isExcerpt }: View, bytes: Uint8Array, texts: Texts): View {
  return { bytes, encoding, isExcerpt, texts };
}

/** Returns the text with one stage of escapes undone, or without NUL bytes; undefined if it has neither. */
export function plainer(bytes: Uint8Array, { wide, escapes, stretches }: Texts): Uint8Array | undefined {
  if (wide) return narrowed(bytes);
  return escapes.length > 0 ? unescape(bytes, stretches, escapes) : undefined;
}
