import type { Stretch } from './characters.ts';
import { ALPHABETS, decodeInto, decodingsOf, SHORTEST, type Alphabet } from './decode.ts';
import { glancesOf, type Glance } from './glance.ts';
import { MAX_DEPTH, unescaped, type Look, type Next, type Plain, type Walk } from './plain.ts';
import { streamsOf } from './streams.ts';
import { SHORTEST_TEXT } from './texts.ts';

/**
 * Decodes each word of a stream separately. In a stream, the name of a field comes before its value, and can decode to
 * letters too: a rule that requires the border of a word then misses the value.
 */

/** Bytes at either end of a word that are inspected. The stream itself shows what is farther from the border. */
const NEAR = 2 * 1024;
const LINE_BREAK = 0x0a;

/** A stream of one alphabet, and its words as `Words` (word-list.ts). */
interface Worded {
  readonly alphabet: Alphabet;
  readonly values: Uint8Array;
  readonly words: readonly number[];
}

interface Seen {
  readonly stream: Worded;
  readonly glances: readonly Glance[];
}

/** Searches for patterns in the separate decoding of each word of a stream, and in the words of that decoding. */
export function inspectWords(walk: Walk, { stream, glances }: Seen, { encoding, depth }: Next): void {
  if (walk.look.wantsWords !== true || stream.words.length === 0) return;
  const patternsOnly: Walk = { budget: walk.budget, look: ofWords(walk.look) };
  for (const glance of glances) {
    const bytes = textsOfWords(glance, stream.words);
    if (bytes === undefined) continue;
    const next = { encoding: [...encoding, stream.alphabet], depth: depth + 1 };
    const plain = unescaped(patternsOnly, { bytes, encoding: next.encoding });
    if (plain === undefined) return;
    if (depth < MAX_DEPTH) decodeWords(walk, plain, next);
  }
}

/** Written out, not spread: `look` may have its methods on a prototype. */
function ofWords(look: Look): Look {
  return {
    wantsWords: true,
    values: ({ bytes }) => bytes,
    patterns: (view, texts) => look.patterns(view, texts),
  };
}

function decodeWords(walk: Walk, { view, texts }: Plain, next: Next): void {
  if (texts.stretches.length === 0) return;
  const streams = streamsOf(view.bytes, texts.stretches);
  for (const alphabet of ALPHABETS) {
    const values = streams[alphabet];
    if (values.length < SHORTEST[alphabet]) continue;
    const stream = { alphabet, values, words: streams.words[alphabet] };
    inspectWords(walk, { stream, glances: glancesOf(alphabet, decodingsOf(alphabet, values)) }, next);
  }
}

/**
 * Returns the texts at the borders of words in a decoding, one per line; undefined if there are none. `words` holds the
 * start and the end of each word in the stream, in turn. The last line stays open if the last word ends with the
 * stream.
 */
function textsOfWords({ decoding, texts }: Glance, words: readonly number[]): Uint8Array | undefined {
  if (texts.length === 0) return undefined;
  const parts: Stretch[] = [];
  let next = 0;
  for (let index = 0; index < words.length && next < texts.length; index += 2) {
    const word = placeOf({ start: words[index]!, end: words[index + 1]! }, { decoding, texts });
    while (next < texts.length && texts[next]!.end <= word.start) next += 1;
    for (let text = next; text < texts.length && texts[text]!.start < word.end; text += 1)
      addBorders(parts, word, texts[text]!);
  }
  return parts.length === 0 ? undefined : linesOf({ decoding, texts }, parts);
}

interface Word extends Stretch {
  /** Whether a byte begins with the word. Otherwise the word's first byte depends on the character before it. */
  readonly isAligned: boolean;
}

/** Returns the place of the bytes that lie completely in a word. */
function placeOf({ start, end }: Stretch, { decoding }: Glance): Word {
  const { bits, firstBit, length } = decoding;
  const bit = bits * start - firstBit;
  return {
    start: Math.max(0, Math.ceil(bit / 8)),
    end: Math.min(length, Math.floor((bits * end - firstBit) / 8)),
    isAligned: bit >= 0 && bit % 8 === 0,
  };
}

/** Adds the parts of a text at the beginning and at the end of a word. */
function addBorders(parts: Stretch[], word: Word, text: Stretch): void {
  const start = Math.max(word.start, text.start);
  const end = Math.min(word.end, text.end);
  if (end - start < SHORTEST_TEXT) return;
  const isFirst = word.isAligned && start === word.start;
  const isLast = end === word.end;
  if ((isFirst && isLast && end - start <= 2 * NEAR) || (isFirst && end - start <= NEAR)) {
    parts.push({ start, end });
    return;
  }
  if (isFirst) parts.push({ start, end: start + NEAR });
  if (isLast) parts.push({ start: Math.max(start, end - NEAR), end });
}

function linesOf({ decoding }: Glance, parts: readonly Stretch[]): Uint8Array {
  const isOpen = parts.at(-1)!.end === decoding.length;
  const size = parts.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const out = new Uint8Array(isOpen ? size - 1 : size);
  let at = 0;
  for (const { start, end } of parts) {
    decodeInto(out, decoding, { start, count: end - start, at });
    at += end - start;
    if (at < out.length) out[at++] = LINE_BREAK;
  }
  return out;
}
