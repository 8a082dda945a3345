import * as fc from 'fast-check';
import type { Scrub } from './scrub.ts';

/** Answers that echo a secret, for tests. */

export const SECRET = 'sk-ant-api03-Zq7_Xv+2/Lm9=Rt4-Wk8';

/** Sizes of pieces. */
export const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** Number of bytes of a form that may show at the end of a piece. */
export const MAY_SHOW = 3;

/** Returns the output of each piece as soon as it arrives, and last the output at the end. */
export function pushed(subject: Scrub, pieces: readonly Uint8Array[]): readonly string[] {
  const stream = subject.stream();
  const given = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  return [...pieces.map((piece) => given(stream.push(piece))), given(stream.end())];
}

/** Cuts the input into pieces of these sizes, repeatedly. */
export function cutInto(input: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += pieces.at(-1)?.length ?? 0)
    pieces.push(input.subarray(at, at + (sizes[pieces.length % sizes.length] ?? 1)));
  return pieces;
}

/** Scrubs the input in pieces of these sizes, repeatedly. */
export function inPieces(subject: Scrub, input: Uint8Array, sizes: readonly number[]): Buffer {
  return Buffer.from(pushed(subject, cutInto(input, sizes)).join(''), 'latin1');
}

/** The same, with a star also for each byte that may show although it belongs to a form found in the whole input. */
export function inPiecesStarred(subject: Scrub, input: Uint8Array, sizes: readonly number[]): Buffer {
  const out = inPieces(subject, input, sizes);
  const found = subject.scanner.find(input);
  let end = 0;
  for (const piece of cutInto(input, sizes)) {
    end += piece.length;
    for (const at of showing(found, end)) {
      if (at >= end - piece.length && out[at] === input[at]) out[at] = STAR;
    }
  }
  return out;
}

const STAR = '*'.charCodeAt(0);

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Positions of these spans that may show at the end of a piece: the last bytes of the piece, if they are among the
 * first bytes of every span that contains them.
 */
export function showing(spans: readonly Span[], end: number): readonly number[] {
  return Array.from({ length: MAY_SHOW }, (_, back) => end - 1 - back).filter((at) => {
    const over = spans.filter(({ from, to }) => from <= at && at < to);
    return over.length > 0 && over.every(({ from }) => end - from <= MAY_SHOW);
  });
}

/** Returns the parts of a form, of twelve characters each, that a text still contains. */
export function partsLeft(text: string, form: string): string[] {
  const parts = Array.from({ length: form.length - 11 }, (_, at) => form.slice(at, at + 12));
  return parts.filter((part) => text.includes(part));
}
