import { bytesOfCharacters, hasMarkInCharacters } from './latin.ts';
import { narrowed, textsIn, type Texts } from './texts.ts';
import { pay, type Budget } from './tries.ts';
import { unescape } from './unescape.ts';

/** One view of the bytes and what undoing escapes makes of it, each stage looked at. */

/** So many decodings deep. */
export const MAX_DEPTH = 3;
/** JSON in JSON in JSON, or `%252541`. */
const MAX_UNESCAPES = 6;

/** Bytes, and how they were come by. */
export interface View {
  readonly bytes: Uint8Array;
  /** The codings that were undone, outermost first. */
  readonly encoding: readonly string[];
  /** Only the texts of what was decoded are here: nothing compressed. */
  readonly isExcerpt?: boolean | undefined;
  /** Where they are, if that is known. */
  readonly texts?: Texts | undefined;
}

/** What is looked for in each view. */
export interface Look {
  /** Whether what is no text is wanted too. */
  readonly wantsAll?: boolean;
  /** Whether something else may come after what is looked at, so that ends of texts are wanted however short they are. */
  readonly wantsEnds?: boolean;
  /** Whether what is looked at is compressed and decoded elsewhere: here only its texts are. */
  readonly isCompressed?: boolean;
  /** Whether patterns are looked for at all, and so in each word of a stream by itself too. */
  readonly wantsWords?: boolean;
  /** For known values. Gives what of the view is to be decoded further: as long, with texts at the same places. */
  values(view: View, texts: Texts): Uint8Array;
  /**
   * For what only looks like a secret, as it stands and without any escapes: not where they are half undone. It hides nothing:
   * what matches a pattern may be the encoding of something else.
   */
  patterns(view: View, texts: Texts): void;
}

/** One exploration. */
export interface Walk {
  readonly budget: Budget;
  readonly look: Look;
}

/** What the codings of what is decoded next are, and how deep it is. */
export interface Next {
  readonly encoding: readonly string[];
  readonly depth: number;
}

/** What no escapes are left in. */
export interface Plain {
  readonly view: View;
  readonly texts: Texts;
  /** Of stages whose characters stand for bytes with marks, these bytes. */
  readonly narrow: readonly Uint8Array[];
}

/** Undoes escapes until there are none, and looks at each stage; undefined when the work is used up. */
export function unescaped(walk: Walk, start: View): Plain | undefined {
  let view = start;
  const narrow: Uint8Array[] = [];
  /** What only escapes were undone of since. */
  let origin = { bytes: start.bytes, stage: 0 };
  for (let stage = 0; ; stage += 1) {
    if (!pay(walk.budget, view.bytes.length)) return undefined;
    const texts = view.texts ?? textsIn(view.bytes);
    view = seen(view, walk.look.values(view, texts), texts);
    const isRead = texts.stretches.length > 0 || texts.wide || walk.look.wantsAll === true;
    if (isRead && stage === 0) walk.look.patterns(view, texts);
    const next = isRead ? plainer(view.bytes, texts) : undefined;
    // Where there is no text, escapes may be left.
    const ends = next === undefined ? [stage, stage + 1] : [stage];
    if (hasMarkInCharacters(view.bytes))
      narrow.push(...ends.flatMap((end) => bytesOfCharacters(origin.bytes, end - origin.stage) ?? []));
    if (texts.wide && next !== undefined) origin = { bytes: next, stage: stage + 1 };
    if (!isRead) return { view, texts, narrow };
    if (next === undefined || stage === MAX_UNESCAPES) {
      if (stage > 0) walk.look.patterns(view, texts);
      return { view, texts, narrow };
    }
    view = { bytes: next, encoding: [...start.encoding, 'escaped'] };
  }
}

/** What is left of it to look at. Written out, as in live-policy.ts. */
function seen({ encoding, isExcerpt }: View, bytes: Uint8Array, texts: Texts): View {
  return { bytes, encoding, isExcerpt, texts };
}

/** A text with one stage of escapes undone, or without NUL bytes; undefined where it has neither. */
export function plainer(bytes: Uint8Array, { wide, escapes, stretches }: Texts): Uint8Array | undefined {
  if (wide) return narrowed(bytes);
  return escapes.length > 0 ? unescape(bytes, stretches, escapes) : undefined;
}
