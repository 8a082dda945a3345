import type { Compression } from '../engine.ts';
import type { Stretch } from './characters.ts';
import { decodings, SHORTEST, type Alphabet } from './decode.ts';
import { inflated, marksIn } from './inflate.ts';
import { sealedIn, type Sealed } from './sealed.ts';
import { isBrotliBlock, isDeflateBlock } from './plausible.ts';
import { streamsOf, type Streams } from './streams.ts';
import { narrowed, SHORTEST_TEXT, textsIn, type Texts } from './texts.ts';
import { unescape, type Unescaped } from './unescape.ts';

/**
 * All that bytes can be read as, to a depth of three decodings. Escapes count for nothing, and neither does reading
 * backwards. What is not encoded decodes to noise, and noise has no runs of any alphabet: so it costs one pass and ends there.
 */

const MAX_DEPTH = 3;
/** JSON in JSON in JSON, or `%252541`. */
const MAX_UNESCAPES = 6;
/** Tries of decompression, some microseconds each: of what bears no mark, and of what does, as each object of a git pack. */
const BYTES_PER_TRY = { unmarked: 4_096, marked: 192 } as const;
const LEAST_TRIES = 32;
/** So many marked streams are decoded further; of more, git packs, the contents are looked at as they are. */
const DECODED_FURTHER = 32;
/** What streams that lie over each other may hold together, as a multiple of what they lie in: each mark begins another. */
const OUTPUT_FACTOR = 24;
const LEAST_OUTPUTS = 1 << 21;
const LEAST_WORK = 1 << 20;
/** What ordinary bodies cost is about 8 times their size. */
const WORK_FACTOR = 32;

export interface View {
  readonly bytes: Uint8Array;
  /** The codings that were undone, outermost first. */
  readonly encoding: readonly string[];
}

/** Why not everything was looked at. */
export type Unexplored = 'bomb' | 'nesting' | Sealed;

/** Looks at a view, and gives what of it is to be decoded further: as long, with texts at the same places. */
export interface Look {
  /** For known values. */
  values(view: View, texts: Texts): Uint8Array;
  /** For what only looks like a secret, as it stands and without any escapes: not where they are half undone. */
  patterns(view: View, texts: Texts): Uint8Array;
}

/** Calls `look` with `bytes` and everything that it can be decoded to. The work is bounded by a multiple of its size. */
export function explore(bytes: Uint8Array, look: Look): Unexplored | undefined {
  const walk: Walk = {
    look,
    workLeft: Math.max(LEAST_WORK, bytes.length * WORK_FACTOR),
    triesLeft: {
      unmarked: Math.max(LEAST_TRIES, bytes.length / BYTES_PER_TRY.unmarked),
      marked: Math.max(LEAST_TRIES, bytes.length / BYTES_PER_TRY.marked),
    },
    outputLeft: Math.max(LEAST_OUTPUTS, bytes.length * OUTPUT_FACTOR),
    streams: 0,
    unexplored: undefined,
  };
  visit(walk, { bytes, encoding: [] }, 0);
  return walk.unexplored;
}

interface Walk {
  readonly look: Look;
  workLeft: number;
  readonly triesLeft: { unmarked: number; marked: number };
  /** Of what was compressed; one stream alone may have more. */
  outputLeft: number;
  /** How many marked streams there were. */
  streams: number;
  unexplored: Unexplored | undefined;
}

function visit(walk: Walk, view: View, depth: number): void {
  const plain = unescaped(walk, view);
  if (plain === undefined || depth === MAX_DEPTH) return;
  decode(walk, plain, depth);
  for (const { bytes, encoding } of plain.backwards) {
    const turned = unescaped(walk, { bytes: reversed(bytes), encoding: [...encoding, 'reversed'] });
    if (turned !== undefined) decode(walk, turned, depth);
  }
}

interface Plain {
  readonly view: View;
  readonly texts: Texts;
  /** The first stages with escapes that read backwards. */
  readonly backwards: readonly View[];
}

/** Undoes escapes until there are none, and looks at each stage; undefined when the work is used up. */
function unescaped(walk: Walk, start: View): Plain | undefined {
  let view = start;
  const backwards: View[] = [];
  for (let stage = 0; ; stage += 1) {
    walk.workLeft -= view.bytes.length;
    if (walk.workLeft < 0) {
      walk.unexplored ??= 'nesting';
      return undefined;
    }
    const texts = textsIn(view.bytes);
    view = { bytes: walk.look.values(view, texts), encoding: view.encoding };
    if (stage === 0) view = { bytes: walk.look.patterns(view, texts), encoding: view.encoding };
    const next = plainer(view.bytes, texts);
    if (next.backwards && backwards.length < MAX_DEPTH) backwards.push(view);
    if (next.bytes === undefined || stage === MAX_UNESCAPES) {
      if (stage > 0) view = { bytes: walk.look.patterns(view, texts), encoding: view.encoding };
      return { view, texts, backwards };
    }
    view = { bytes: next.bytes, encoding: [...start.encoding, 'escaped'] };
  }
}

function isWhole(stretch: Stretch | undefined, bytes: Uint8Array): boolean {
  return stretch?.start === 0 && stretch.end === bytes.length;
}

const NOTHING: Unescaped = { bytes: undefined, backwards: false };

function plainer(bytes: Uint8Array, { wide, escapes, stretches }: Texts): Unescaped {
  if (wide) return { bytes: narrowed(bytes), backwards: false };
  return escapes ? unescape(bytes, stretches) : NOTHING;
}

const ALPHABETS: readonly Alphabet[] = ['base64', 'hex', 'base32'];

function decode(walk: Walk, { view, texts }: Plain, depth: number): void {
  const { stretches } = texts;
  const next: Next = (bytes, ...codings) =>
    visit(walk, { bytes, encoding: [...view.encoding, ...codings] }, depth + 1);
  if (stretches.length > 0) decodeTexts(walk, streamsOf(view.bytes, stretches), next);
  if (!isWhole(stretches[0], view.bytes)) {
    walk.unexplored ??= sealedIn(view.bytes);
    for (const [kind, at] of marksIn(view.bytes)) {
      if (walk.triesLeft.marked <= 0) break;
      const found = (output: Uint8Array) => {
        walk.streams += 1;
        const encoding = [...view.encoding, kind];
        visit(walk, { bytes: output, encoding }, walk.streams > DECODED_FURTHER ? MAX_DEPTH : depth + 1);
      };
      tryInflate(walk, { kind, bytes: view.bytes.subarray(at), found, mark: 'marked' });
    }
  }
  const last = view.encoding.at(-1);
  if (last === undefined || !isAlphabet(last))
    tryUnmarked(walk, view.bytes, (output, kind) => next(output, kind));
}

/** Looks at what was decoded once more, by these codings. */
type Next = (bytes: Uint8Array, ...codings: string[]) => void;

function decodeTexts(walk: Walk, streams: Streams, next: Next): void {
  for (const alphabet of ALPHABETS) {
    if (streams[alphabet].length < SHORTEST[alphabet]) continue;
    for (const backwards of [false, true]) {
      const stream = backwards ? reversed(streams[alphabet]) : streams[alphabet];
      const codings = backwards ? ['reversed', alphabet] : [alphabet];
      let isFirst = true;
      for (const bytes of decodings(alphabet, stream)) {
        next(bytes, ...codings);
        if (isFirst && alphabet !== 'base64')
          tryUnmarked(walk, bytes, (output, kind) => next(output, ...codings, kind));
        isFirst = false;
      }
    }
  }
  const { decimal, decimalBackwards } = streams;
  if (decimal.length >= SHORTEST_TEXT) next(decimal, 'decimal');
  if (decimalBackwards.length >= SHORTEST_TEXT) next(reversed(decimalBackwards), 'reversed', 'decimal');
  for (const [bytes, codings] of tokensOf(streams)) {
    tryUnmarked(walk, bytes, (output, kind) => next(output, ...codings, kind));
  }
}

function isAlphabet(coding: string): boolean {
  return (ALPHABETS as readonly string[]).includes(coding);
}

/** Compressions that begin with no mark can only be tried. */
function tryUnmarked(
  walk: Walk,
  bytes: Uint8Array,
  next: (output: Uint8Array, kind: Compression) => void,
): void {
  if (bytes.length < SHORTEST_COMPRESSED || isText(bytes)) return;
  for (const kind of ['br', 'deflate-raw'] as const) {
    if (kind === 'br' ? !isBrotliBlock(bytes) : !isDeflateBlock(bytes, 0)) continue;
    tryInflate(walk, { kind, bytes, found: (output) => next(output, kind), mark: 'unmarked' });
  }
}

const SHORTEST_COMPRESSED = 9;

/** Judged by its beginning. */
function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 16).every((byte) => byte >= 9 && byte < 0x7f);
}

/** Digests are common, and compressed data only by chance as long: 20, 32, 48 and 64 bytes. A few are tried. */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

function* tokensOf({ base64, tokens }: Streams): Generator<readonly [bytes: Uint8Array, codings: string[]]> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const token = base64.subarray(start, end);
    const bytes = fromBase64(token);
    if (DIGEST_LENGTHS.has(bytes.length) && ++digests > MAX_DIGESTS) continue;
    yield [bytes, ['base64']];
    yield [fromBase64(reversed(token)), ['reversed', 'base64']];
  }
}

function fromBase64(characters: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(characters).toString('latin1'), 'base64');
}

interface Try {
  readonly mark: keyof Walk['triesLeft'];
  readonly kind: Compression;
  readonly bytes: Uint8Array;
  readonly found: (output: Uint8Array) => void;
}

function tryInflate(walk: Walk, { kind, bytes, found, mark }: Try): void {
  if (walk.triesLeft[mark] <= 0) return;
  walk.triesLeft[mark] -= 1;
  const output = inflated(kind, bytes);
  if (output === undefined) return;
  if (output === 'bomb') {
    walk.unexplored = 'bomb';
    return;
  }
  const isFirst = walk.streams === 0;
  walk.outputLeft -= output.length;
  if (walk.outputLeft < 0 && !isFirst) {
    walk.unexplored ??= 'nesting';
    walk.triesLeft[mark] = 0;
    return;
  }
  walk.workLeft += output.length * WORK_FACTOR;
  found(output);
}

/** `toReversed` takes four times as long. */
function reversed(bytes: Uint8Array): Uint8Array {
  const turned = new Uint8Array(bytes.length);
  for (let from = bytes.length - 1, to = 0; from >= 0; from -= 1, to += 1) turned[to] = bytes[from]!;
  return turned;
}
