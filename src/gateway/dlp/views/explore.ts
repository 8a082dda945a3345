import type { Stretch } from './characters.ts';
import {
  ALPHABETS,
  CODES,
  decoded,
  decodingOf,
  decodingsOf,
  SHORTEST,
  type Alphabet,
  type Decoding,
} from './decode.ts';
import { glancesOf, textBytesOf, withoutLongDigits, withoutLongZeros, type Glance } from './glance.ts';
import { hiddenIn, type Hidden } from './hidden.ts';
import { marksIn } from './inflate.ts';
import { hasMarkBeginning } from './marks.ts';
import {
  MAX_DEPTH,
  plainer,
  unescaped,
  type Look,
  type Next,
  type Plain,
  type View,
  type Walk,
} from './plain.ts';
import { sealedIn } from './sealed.ts';
import { streamsOf, type Streams } from './streams.ts';
import { isWideAnywhere, textsIn } from './texts.ts';
import {
  budgetFor,
  pay,
  tryMarks,
  tryUnmarked,
  type Budget,
  type Found,
  type Unexplored,
  type Unmarked,
} from './tries.ts';
import { inspectWords } from './words.ts';

/**
 * Reads bytes in every way, to a depth of three decodings; escapes do not count. Bytes that are not encoded decode to
 * noise, and noise has no runs of any alphabet, so they cost only one pass.
 */

/**
 * Number of marked streams that are decoded further; short ones beyond it are too (`furtherLeft`). The contents of all
 * others (git packs) are inspected as they are.
 */
const DECODED_FURTHER = 32;

/**
 * Calls `look` with `bytes` and with everything that they can be decoded to. The work is limited to a multiple of their
 * size. Returns why not everything was inspected, or undefined.
 */
export function explore(
  bytes: Uint8Array,
  look: Look,
  budget: Budget = budgetFor(bytes.length),
): Unexplored | undefined {
  visit({ budget, look }, { bytes, encoding: [] }, 0);
  return budget.unexplored;
}

function visit(walk: Walk, view: View, depth: number): void {
  const plain = unescaped(walk, view);
  if (plain !== undefined && depth < MAX_DEPTH) decode(walk, plain, depth);
}

function decode(walk: Walk, { view, texts }: Plain, depth: number): void {
  const { stretches } = texts;
  const next: Next = { encoding: view.encoding, depth: depth + 1 };
  if (stretches.length > 0) decodeTexts(walk, streamsOf(view.bytes, stretches), next);
  if (depth === 0 && walk.look.isCompressed) return;
  if (mayHoldMarks(view, stretches)) decodeMarked(walk, view.bytes, next);
  const last = view.encoding.at(-1);
  if (last !== undefined && isAlphabet(last)) return;
  const whole = { source: (size: number) => view.bytes.subarray(0, size), length: view.bytes.length };
  tryUnmarked(walk.budget, whole, foundUnmarked(walk, next));
}

function decodeMarked(walk: Walk, bytes: Uint8Array, next: Next): void {
  walk.budget.unexplored ??= sealedIn(bytes);
  const from = (at: number) => () => bytes.subarray(at);
  tryMarks(walk.budget, { marks: marksIn(bytes), from }, foundMarked(walk, next));
}

/** Below this length, one search for the beginning of any mark is cheaper than a search for each mark. */
const SHORT = 512;

function mayHoldMarks({ bytes, isExcerpt }: View, texts: readonly Stretch[]): boolean {
  if (isExcerpt || isWhole(texts[0], bytes.length)) return false;
  return bytes.length >= SHORT || hasMarkBeginning(bytes);
}

function foundMarked(walk: Walk, { encoding, depth }: Next): Found {
  return (bytes, kind) => {
    const view = { bytes, encoding: [...encoding, kind] };
    const { budget } = walk;
    const isFurther = budget.streams <= DECODED_FURTHER || budget.furtherLeft >= 0;
    visit(walk, view, isFurther ? depth : MAX_DEPTH);
  };
}

function foundUnmarked(walk: Walk, { encoding, depth }: Next): Found {
  return (bytes, kind) => visit(walk, { bytes, encoding: [...encoding, kind] }, depth);
}

function isWhole(stretch: Stretch | undefined, length: number): boolean {
  return stretch?.start === 0 && stretch.end === length;
}

function decodeTexts(walk: Walk, streams: Streams, { encoding, depth }: Next): void {
  for (const alphabet of ALPHABETS) {
    if (streams[alphabet].length >= SHORTEST[alphabet])
      decodeStream(
        walk,
        { alphabet, values: streams[alphabet], words: streams.words[alphabet] },
        { encoding, depth },
      );
  }
  const found = foundUnmarked(walk, { encoding: [...encoding, 'base64'], depth });
  for (const decoding of tokensOf(streams)) tryUnmarked(walk.budget, wholeOf(decoding), found);
}

/**
 * Lengths of digests, in bytes. Digests are common, and compressed data has these lengths only by chance, so only a few
 * are tried.
 */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

/** Returns the decoding of each base64 token as a whole. */
function* tokensOf({ base64, tokens }: Streams): Generator<Decoding> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const decoding = decodingOf(CODES.base64, base64.subarray(start, end), 0);
    if (DIGEST_LENGTHS.has(decoding.length) && ++digests > MAX_DIGESTS) continue;
    yield decoding;
  }
}

interface Stream {
  readonly alphabet: Alphabet;
  readonly values: Uint8Array;
  /** As `Words` (word-list.ts). */
  readonly words: readonly number[];
}

/** Reads a stream in every way. Of a decoding without text, it reads only compressed data. */
function decodeStream(walk: Walk, stream: Stream, { encoding, depth }: Next): void {
  const { alphabet, values } = stream;
  const decodings = decodingsOf(alphabet, values);
  const varied = alphabet === 'hex' ? withoutLongDigits(values) : values;
  const costs = varied === values ? decodings : decodingsOf(alphabet, varied);
  const dense = withoutLongZeros(varied, decodings.length);
  const glances = glancesOf(alphabet, dense === values ? decodings : decodingsOf(alphabet, dense));
  // Without the left-out rows, words have other places.
  if (dense === values) inspectWords(walk, { stream, glances }, { encoding, depth });
  const hidden = depth < MAX_DEPTH ? hiddenIn(decodings) : [];
  // Long lists of numbers look like compressed data by chance; no compressed data in hex is without a letter.
  const areNumbers = alphabet === 'hex' && !values.some((value) => value > 9);
  for (const [index, glance] of glances.entries()) {
    const { texts } = glance;
    const decoding = decodings[index]!;
    const marked = isWhole(texts[0], glance.decoding.length) ? undefined : hidden[index];
    const excerpt =
      walk.look.wantsAll === true ? undefined : excerptOf(walk.look, glance, marked !== undefined);
    const mayBeCompressed = alphabet !== 'base64' && decoding.firstBit === 0 && !areNumbers;
    // Skipped bytes cost as much as read ones, so the depth that is inspected does not depend on the content.
    if (excerpt && !pay(walk.budget, costs[index]!.length - excerpt.bytes.length)) return;
    if (excerpt === NONE && marked === undefined && !mayBeCompressed) continue;
    const next = { encoding: [...encoding, alphabet], depth };
    const view: Excerpt = excerpt ?? { bytes: decoded(decoding, 0, decoding.length) };
    const { bytes, isExcerpt } = view;
    if (bytes.length > 0)
      visit(walk, { bytes, encoding: next.encoding, isExcerpt, texts: view.texts }, depth);
    if (excerpt !== undefined && marked !== undefined) uncover(walk, { marked, decoding }, next);
    if (mayBeCompressed) tryUnmarked(walk.budget, wholeOf(decoding), foundUnmarked(walk, next));
  }
}

/**
 * Returns the texts of a decoding; undefined if it must be read whole, because unescaped text may be part of other
 * data.
 */
function excerptOf(look: Look, glance: Glance, isMarked: boolean): Excerpt | undefined {
  if (glance.texts.length === 0 && look.wantsEnds !== true) return NONE;
  const bytes = textBytesOf(glance);
  if (bytes.length === 0) return NONE;
  const texts = textsIn(bytes);
  if (bytes.length < glance.decoding.length && isWideAnywhere(bytes)) return undefined;
  const plain = plainer(bytes, texts);
  if (plain !== undefined && (isMarked || hasMarkBeginning(plain))) return undefined;
  return { bytes, texts, isExcerpt: true };
}

type Excerpt = Omit<View, 'encoding'>;

const NONE: Excerpt = { bytes: new Uint8Array(0) };

interface Covered {
  readonly marked: Hidden;
  readonly decoding: Decoding;
}

function uncover(walk: Walk, { marked, decoding }: Covered, { encoding, depth }: Next): void {
  walk.budget.unexplored ??= marked.sealed;
  const from = (at: number) => (size: number) => decoded(decoding, at, at + size);
  tryMarks(walk.budget, { marks: marked.marks, from }, foundMarked(walk, { encoding, depth: depth + 1 }));
}

const wholeOf = (decoding: Decoding): Unmarked => ({
  source: (size) => decoded(decoding, 0, size),
  length: decoding.length,
});

function isAlphabet(coding: string): boolean {
  return (ALPHABETS as readonly string[]).includes(coding);
}
