import type { Stretch } from './characters.ts';
import { ALPHABETS, decoded, decodingsOf, SHORTEST, type Alphabet, type Decoding } from './decode.ts';
import { glancesOf, textBytesOf, withoutLongDigits, withoutLongZeros, type Glance } from './glance.ts';
import { hiddenIn, type Hidden } from './hidden.ts';
import { marksIn } from './inflate.ts';
import { hasMarkInCharacters } from './latin.ts';
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
import { isWideAnywhere, SHORTEST_TEXT, textsIn } from './texts.ts';
import { tokensOf } from './tokens.ts';
import {
  budgetFor,
  lookAtPixels,
  pay,
  tryMarks,
  tryUnmarked,
  type Budget,
  type Found,
  type Unexplored,
  type Unmarked,
} from './tries.ts';
import { lookAtWords } from './words.ts';

/**
 * All that bytes can be read as, to a depth of three decodings. Escapes count for nothing. What is not encoded decodes to noise, and noise has no runs of any alphabet: so it costs one pass and ends there.
 */

/** So many marked streams are decoded further, and more as long as they are short; of others, git packs, the contents are looked at as they are. */
const DECODED_FURTHER = 32;

/** Calls `look` with `bytes` and everything that it can be decoded to. The work is bounded by a multiple of its size. */
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

function decode(walk: Walk, { view, texts, narrow }: Plain, depth: number): void {
  const { stretches } = texts;
  const next: Next = { encoding: view.encoding, depth: depth + 1 };
  if (stretches.length > 0) decodeTexts(walk, streamsOf(view.bytes, stretches), next);
  if (depth === 0 && walk.look.isCompressed) return;
  if (mayHoldMarks(view, stretches)) decodeMarked(walk, view.bytes, next);
  for (const bytes of narrow) {
    if (!pay(walk.budget, bytes.length)) return;
    decodeMarked(walk, bytes, { encoding: [...view.encoding, 'utf-8'], depth: depth + 1 });
  }
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

/** What is shorter is looked through more cheaply than for each mark by itself. */
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
    const look = () => visit(walk, view, isFurther ? depth : MAX_DEPTH);
    if (kind === 'png') lookAtPixels(budget, bytes.length, look);
    else look();
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
  const { decimal } = streams;
  if (decimal.length >= SHORTEST_TEXT)
    visit(walk, { bytes: decimal, encoding: [...encoding, 'decimal'] }, depth);
  const found = foundUnmarked(walk, { encoding: [...encoding, 'base64'], depth });
  for (const decoding of tokensOf(streams)) tryUnmarked(walk.budget, wholeOf(decoding), found);
}

interface Stream {
  readonly alphabet: Alphabet;
  readonly values: Uint8Array;
  /** As `Words` of streams.ts says. */
  readonly words: readonly number[];
}

/** All that a stream can be read as; of what is no text, only what is compressed. */
function decodeStream(walk: Walk, stream: Stream, { encoding, depth }: Next): void {
  const { alphabet, values } = stream;
  const decodings = decodingsOf(alphabet, values);
  const varied = alphabet === 'hex' ? withoutLongDigits(values) : values;
  const costs = varied === values ? decodings : decodingsOf(alphabet, varied);
  const dense = withoutLongZeros(varied, decodings.length);
  const glances = glancesOf(alphabet, dense === values ? decodings : decodingsOf(alphabet, dense));
  // Where rows are left out, places of words are others.
  if (dense === values) lookAtWords(walk, { stream, glances }, { encoding, depth });
  const hidden = depth < MAX_DEPTH ? hiddenIn(decodings) : [];
  // Long lists of them are a compression's beginning by chance; nobody compresses to digits without a letter.
  const areNumbers = alphabet === 'hex' && !values.some((value) => value > 9);
  for (const [index, glance] of glances.entries()) {
    const { texts } = glance;
    const decoding = decodings[index]!;
    const marked = isWhole(texts[0], glance.decoding.length) ? undefined : hidden[index];
    const isWanted = walk.look.wantsAll === true || hidden[index]?.hasCharacters === true;
    const excerpt = isWanted ? undefined : excerptOf(walk.look, glance, marked !== undefined);
    const mayBeCompressed = alphabet !== 'base64' && decoding.firstBit === 0 && !areNumbers;
    // What is not read costs as if it were: how much may be nested does not depend on what is in there.
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

/** The texts of a decoding; undefined where it is to be read whole: what undoing escapes makes of a text may be part of the rest. */
function excerptOf(look: Look, glance: Glance, isMarked: boolean): Excerpt | undefined {
  if (glance.texts.length === 0 && look.wantsEnds !== true) return NONE;
  const bytes = textBytesOf(glance);
  if (bytes.length === 0) return NONE;
  const texts = textsIn(bytes);
  if (bytes.length < glance.decoding.length && isWideAnywhere(bytes)) return undefined;
  const plain = plainer(bytes, texts);
  if (plain !== undefined && (isMarked || hasMarkBeginning(plain) || hasMarkInCharacters(plain)))
    return undefined;
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
