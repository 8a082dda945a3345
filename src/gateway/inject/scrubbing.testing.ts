import * as fc from 'fast-check';
import type { Scrub } from './scrub.ts';

/** Answers that echo a secret, for tests. */

export const SECRET = 'sk-ant-api03-Zq7_Xv+2/Lm9=Rt4-Wk8';

/** Of pieces. */
export const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** How many bytes of a form may show, where a piece ends with them. */
export const MAY_SHOW = 3;

/** What comes of each piece as soon as it is there, and last what is left for the end. */
export function pushed(subject: Scrub, pieces: readonly Uint8Array[]): readonly string[] {
  const stream = subject.stream();
  const given = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  return [...pieces.map((piece) => given(stream.push(piece))), given(stream.end())];
}

/** Cut in pieces of these sizes, over and over. */
export function cutInto(input: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += pieces.at(-1)?.length ?? 0)
    pieces.push(input.subarray(at, at + (sizes[pieces.length % sizes.length] ?? 1)));
  return pieces;
}

/** Scrubbed in pieces of these sizes, over and over. */
export function inPieces(subject: Scrub, input: Uint8Array, sizes: readonly number[]): Buffer {
  return Buffer.from(pushed(subject, cutInto(input, sizes)).join(''), 'latin1');
}

/** The same, with a star also for each byte that may show of what is found in all of it, and for no other. */
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

/** Which bytes of these spans may show where a piece ends: such as stand in none but among its first bytes, and those are the piece's last. */
export function showing(spans: readonly Span[], end: number): readonly number[] {
  return Array.from({ length: MAY_SHOW }, (_, back) => end - 1 - back).filter((at) => {
    const over = spans.filter(({ from, to }) => from <= at && at < to);
    return over.length > 0 && over.every(({ from }) => end - from <= MAY_SHOW);
  });
}

/** What still tells of the secret: a part of it, of eight characters, after its public prefix. */
export function partsLeft(text: string, form: string): string[] {
  const parts = Array.from({ length: form.length - 11 }, (_, at) => form.slice(at, at + 12));
  return parts.filter((part) => text.includes(part));
}
