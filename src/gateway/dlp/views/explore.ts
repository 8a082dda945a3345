import type { Compression } from '../engine.ts';
import type { Stretch } from './characters.ts';
import { decodings, SHORTEST, type Alphabet } from './decode.ts';
import { escapesIn, type Escapes } from './escapes.ts';
import { inflated, isBrotliBlock, isDeflateBlock, marksIn } from './inflate.ts';
import { streamsOf, type Streams } from './streams.ts';
import { textsIn, type Texts } from './texts.ts';
import { unescape } from './unescape.ts';

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
const LEAST_WORK = 1 << 20;
/** What ordinary bodies cost is about 8 times their size. */
const WORK_FACTOR = 32;

export interface View {
  readonly bytes: Uint8Array;
  /** The codings that were undone, outermost first. */
  readonly encoding: readonly string[];
}

/** Why not everything was looked at. */
export type Unexplored = 'bomb' | 'nesting';

/** Looks at a view, and gives what of it is to be decoded further: as long, with texts at the same places. */
export type Look = (view: View, texts: Texts) => Uint8Array;

/** Calls `look` with `bytes` and everything that it can be decoded to. The work is bounded by a multiple of its size. */
export function explore(bytes: Uint8Array, look: Look): Unexplored | undefined {
  const walk: Walk = {
    look,
    workLeft: Math.max(LEAST_WORK, bytes.length * WORK_FACTOR),
    triesLeft: {
      unmarked: Math.max(LEAST_TRIES, bytes.length / BYTES_PER_TRY.unmarked),
      marked: Math.max(LEAST_TRIES, bytes.length / BYTES_PER_TRY.marked),
    },
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
  /** How many marked streams there were. */
  streams: number;
  unexplored: Unexplored | undefined;
}

function visit(walk: Walk, view: View, depth: number): void {
  const plain = unescaped(walk, view);
  if (plain === undefined) return;
  if (depth === MAX_DEPTH) return;
  decode(walk, plain, depth);
  if (!plain.backwards) return;
  const turned = unescaped(walk, { bytes: reversed(view.bytes), encoding: [...view.encoding, 'reversed'] });
  if (turned !== undefined) decode(walk, turned, depth);
}

interface Plain {
  readonly view: View;
  readonly streams: Streams;
  readonly isAllText: boolean;
  /** Whether there were escapes that read backwards. */
  readonly backwards: boolean;
}

/** Undoes escapes until there are none, looking at each stage; undefined when the work is used up. */
function unescaped(walk: Walk, start: View): Plain | undefined {
  let view = start;
  let backwards = false;
  for (let stage = 0; ; stage += 1) {
    walk.workLeft -= view.bytes.length;
    if (walk.workLeft < 0) {
      walk.unexplored ??= 'nesting';
      return undefined;
    }
    const texts = textsIn(view.bytes);
    view = { bytes: walk.look(view, texts), encoding: view.encoding };
    const escapes = escapesIn(view.bytes, texts.stretches);
    backwards ||= escapes.backwards;
    const next = stage < MAX_UNESCAPES ? plainer(view.bytes, texts, escapes) : undefined;
    if (next === undefined) {
      const streams = streamsOf(view.bytes, texts.stretches);
      return { view, streams, backwards, isAllText: isWhole(texts.stretches[0], view.bytes) };
    }
    view = { bytes: next, encoding: [...start.encoding, 'escaped'] };
  }
}

function isWhole(stretch: Stretch | undefined, bytes: Uint8Array): boolean {
  return stretch?.start === 0 && stretch.end === bytes.length;
}

function plainer(bytes: Uint8Array, { wide }: Texts, { forwards }: Escapes): Uint8Array | undefined {
  if (wide) return bytes.filter((byte) => byte !== 0);
  return forwards ? unescape(bytes) : undefined;
}

const ALPHABETS: readonly Alphabet[] = ['base64', 'hex', 'base32'];

function decode(walk: Walk, { view, streams, isAllText }: Plain, depth: number): void {
  const next = (bytes: Uint8Array, ...codings: string[]) =>
    visit(walk, { bytes, encoding: [...view.encoding, ...codings] }, depth + 1);
  for (const alphabet of ALPHABETS) {
    if (streams[alphabet].length < SHORTEST[alphabet]) continue;
    for (const backwards of [false, true]) {
      const stream = backwards ? reversed(streams[alphabet]) : streams[alphabet];
      const codings = backwards ? ['reversed', alphabet] : [alphabet];
      for (const [skipped, bytes] of decodings(alphabet, stream).entries()) {
        next(bytes, ...codings);
        if (skipped > 0 || alphabet === 'base64') continue;
        tryUnmarked(walk, bytes, (output, kind) => next(output, ...codings, kind));
      }
    }
  }
  if (streams.decimal.length >= 8) next(streams.decimal, 'decimal');
  for (const [kind, bytes] of isAllText ? [] : compressedIn(view.bytes)) {
    if (walk.triesLeft.marked <= 0) break;
    const found = (output: Uint8Array) => {
      walk.streams += 1;
      const encoding = [...view.encoding, kind];
      visit(walk, { bytes: output, encoding }, walk.streams > DECODED_FURTHER ? MAX_DEPTH : depth + 1);
    };
    tryInflate(walk, { kind, bytes, found, mark: 'marked' });
  }
  for (const token of tokensOf(streams)) {
    tryUnmarked(walk, token, (output, kind) => next(output, 'base64', kind));
  }
  const last = view.encoding.at(-1);
  if (last === undefined || !isAlphabet(last))
    tryUnmarked(walk, view.bytes, (output, kind) => next(output, kind));
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

function* compressedIn(bytes: Uint8Array): Generator<readonly [Compression, Uint8Array]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [kind, at] of marksIn(buffer)) yield [kind, bytes.subarray(at)];
}

/** Digests are common, and compressed data only by chance as long: 20, 32, 48 and 64 bytes. A few are tried. */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

function* tokensOf({ base64, tokens }: Streams): Generator<Uint8Array> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const bytes = Buffer.from(Buffer.from(base64.subarray(start, end)).toString('latin1'), 'base64');
    if (DIGEST_LENGTHS.has(bytes.length)) digests += 1;
    if (!DIGEST_LENGTHS.has(bytes.length) || digests <= MAX_DIGESTS) yield bytes;
  }
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
  walk.workLeft += output.length * WORK_FACTOR;
  found(output);
}

function reversed(bytes: Uint8Array): Uint8Array {
  return bytes.toReversed();
}
