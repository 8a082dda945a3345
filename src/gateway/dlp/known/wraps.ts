import type { Sequence, Wrap } from './sequence.ts';

/**
 * What values are wrapped in, which is not known: what they begin and end with may belong to the pieces, as the percent sign
 * of `%73%6b` and `%70%69` does.
 */

const INSIDE = 1;
const MARK = 2;
/** By character: what may be of an escape, of a list of numbers or of UTF-16, and what tells that there may be one. */
const KINDS = new Uint8Array(256);
for (const character of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_#{')
  KINDS[character.charCodeAt(0)] = INSIDE;
for (const character of '%\\&;},\0') KINDS[character.charCodeAt(0)] = INSIDE | MARK;

/** The beginning of an escape that others of its kind share; as URLs have it, too. */
const OPEN = /(?:%(?:25)*(?:5c)?u?|\\+(?:u\{?|x)?|&#?x?|0x)[\da-f]{0,4}$/i;
const LONGEST_OPEN = 24;
/** Nothing but escapes or numbers, or UTF-16. */
const ESCAPED = /^[\da-fux%\\&#;{},]*$|\0|%00/i;
const AMPERSAND = 0x26;
const NUMBER_SIGN = 0x23;

/** How values may be wrapped. */
export interface Wraps {
  /** In all that they have in common; and in less where the pieces are escapes then. */
  readonly likely: readonly Wrap[];
  /** In what is delimited of it, where that is another: by chance or on purpose, pieces may begin with the same characters. */
  readonly loose: Wrap | undefined;
}

/** What so many of the newest values tell, of which `newest` is the last; undefined of a single one. */
export function wrapsOf(values: Sequence, newest: string, telling: number): Wraps | undefined {
  const common = values.wrap(telling);
  if (common === undefined) return undefined;
  const { before, after } = common;
  const [start, end] = [delimited(newest, before, -1), delimited(newest, newest.length - after, 1)];
  if (start.at === before && end.at === newest.length - after) return { likely: [common], loose: undefined };
  const loose = { before: start.at, after: newest.length - end.at };
  if (!start.isMarked && !end.isMarked) return { likely: [common], loose };
  const open = start.isMarked ? OPEN.exec(newest.slice(Math.max(0, before - LONGEST_OPEN), before)) : null;
  const openAt = before - (open?.[0].length ?? 0);
  const less = openAt < before && openAt > start.at ? [loose, { before: openAt, after }] : [loose];
  const likely = less.filter((wrap) => ESCAPED.test(newest.slice(wrap.before, newest.length - wrap.after)));
  return { likely: [common, ...likely], loose: likely.includes(loose) ? undefined : loose };
}

interface Delimited {
  /** Where the delimiter ends, or begins. */
  readonly at: number;
  /** Whether something that tells of escapes is between. */
  readonly isMarked: boolean;
}

/** From `from` to what is of no escape, backwards or forwards. */
function delimited(value: string, from: number, step: 1 | -1): Delimited {
  let kinds = 0;
  let at = step === 1 ? from : from - 1;
  for (; at >= 0 && at < value.length; at += step) {
    const code = value.charCodeAt(at) & 0xff;
    const kind = KINDS[code]!;
    if ((kind & INSIDE) === 0 || (code === AMPERSAND && isBeforeName(value, at + 1))) break;
    kinds |= kind;
  }
  return { at: step === 1 ? at : at + 1, isMarked: (kinds & MARK) !== 0 };
}

/** As in a URL, where an ampersand stands before the name of a parameter. */
function isBeforeName(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return at < value.length && KINDS[code & 0xff] === INSIDE && code !== NUMBER_SIGN;
}
